import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Http } from "../../../server/identity/network.ts";
import { Network } from "../../../server/identity/network.ts";

const url = "https://localhost/token";
const networkOf = (http: Http): Network => new Network({ http, remedy: "Look." });
const answering = (status: number, body: string, headers: Record<string, string> = {}): Network =>
  networkOf(() => Promise.resolve({ status, headers, body }));

describe("Network", () => {
  it("hands on a refusal, which the library puts into words", async () => {
    const reply = await answering(400, '{"error":"x"}', { a: "b" }).sendPostRequestAsync(url, { body: "c=d" });
    expect(reply).toEqual({ status: 400, headers: { a: "b" }, body: { error: "x" } });
  });

  it.each([429, 500, 503])("calls %i unavailable, for as long as it says", async (status) => {
    const sent = answering(status, "{}", { "retry-after": "7" }).sendGetRequestAsync(url);
    await expect(sent).rejects.toMatchObject({ code: "unavailable", retryAfterMs: 7000, remedy: "Look." });
  });

  it("calls a page of HTML unavailable", async () => {
    const sent = answering(200, "<html>").sendGetRequestAsync(url);
    await expect(sent).rejects.toMatchObject({ code: "unavailable" });
  });

  it("says why no reply could be read", async () => {
    const broken = new SidecarError("outcome_unknown", "The reply came with content-encoding gzip, unasked.");
    const sent = networkOf(() => Promise.reject(broken)).sendGetRequestAsync(url);
    await expect(sent).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/gzip, unasked\.$/),
    });
  });

  it("keeps the first failure, since the library throws one of its own", async () => {
    const failures = ["first", "second"].map((words) => new SidecarError("credentials_rejected", words));
    const network = networkOf(() => Promise.reject(failures.shift()));
    await expect(network.sendGetRequestAsync(url)).rejects.toMatchObject({ message: "first" });
    await expect(network.sendGetRequestAsync(url)).rejects.toMatchObject({ message: "first" });
    expect(network.failure?.message).toBe("first");
  });
});
