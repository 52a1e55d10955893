import { describe, expect, it } from "vitest";
import { machineHttp } from "../../../server/transport/machine.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { serve } from "./service.ts";

const get = (url: string) => ({ method: "GET", url, headers: { Metadata: "true" } }) as const;

describe("machineHttp", () => {
  it("asks a service of this machine", async () => {
    await using service = await serve((response) => response.end("{}"));
    const http = machineHttp(new VirtualClock());
    expect((await http.send(get(`${service.origin}/token?x=1`))).status).toBe(200);
    await http.close();
    expect(service.seen[0]?.url).toBe("/token?x=1");
  });

  it.each(["http://10.0.0.4/token", "https://contoso.com/token", "http://169.254.169.254.evil.com/token"])(
    "never asks %s",
    async (url) => {
      const sent = machineHttp(new VirtualClock()).send(get(url));
      await expect(sent).rejects.toMatchObject({
        code: "credentials_rejected",
        remedy: expect.stringContaining("IDENTITY_ENDPOINT"),
      });
    },
  );

  it("asks no second service", async () => {
    await using one = await serve((response) => response.end("{}"));
    await using other = await serve((response) => response.end());
    const http = machineHttp(new VirtualClock());
    await http.send(get(`${one.origin}/`));
    await expect(http.send(get(`${other.origin}/`))).rejects.toMatchObject({ code: "credentials_rejected" });
    await http.close();
    expect(other.seen).toHaveLength(0);
  });

  it("has nothing to close before it was asked", async () => {
    await expect(machineHttp(new VirtualClock()).close()).resolves.toBeUndefined();
  });
});
