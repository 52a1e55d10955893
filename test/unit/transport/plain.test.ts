import { describe, expect, it } from "vitest";
import { plainHttp } from "../../../server/transport/plain.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { serve } from "./service.ts";

describe("plainHttp", () => {
  it("asks the configured origin", async () => {
    await using service = await serve((response) => response.end("{}"));
    const http = plainHttp({ origin: service.origin, clock: new VirtualClock() });
    const reply = await http.send({ method: "POST", url: `${service.origin}/t/token?x=1`, headers: {}, body: "a=b" });
    await http.close();
    expect([reply.status, reply.body, service.seen[0]?.url, service.bodies[0]]).toEqual([
      200,
      "{}",
      "/t/token?x=1",
      "a=b",
    ]);
  });

  it("never asks another host", async () => {
    await using other = await serve((response) => response.end());
    const http = plainHttp({ origin: "https://localhost:1", clock: new VirtualClock() });
    const sent = http.send({ method: "GET", url: `${other.origin}/`, headers: {} });
    await expect(sent).rejects.toMatchObject({ code: "credentials_rejected" });
    expect(other.seen).toHaveLength(0);
  });

  it("bounds the reply", async () => {
    await using service = await serve((response) => response.end(Buffer.alloc(1024 * 1024 + 1)));
    const http = plainHttp({ origin: service.origin, clock: new VirtualClock() });
    const sent = http.send({ method: "GET", url: `${service.origin}/`, headers: {} });
    await expect(sent).rejects.toMatchObject({ code: "outcome_unknown" });
  });
});
