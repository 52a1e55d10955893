import { describe, expect, it } from "vitest";
import type { Token } from "../../../server/transport/authorize.ts";
import { authorize } from "../../../server/transport/authorize.ts";
import type { Send } from "../../../server/transport/http.ts";
import { replyOf, request, scripted, tripOf } from "./scripted.ts";

const rotating = (): { token: Token; rejected: (string | undefined)[] } => {
  const rejected: (string | undefined)[] = [];
  const token: Token = (options) => {
    rejected.push(options.rejected);
    return Promise.resolve(options.rejected === undefined ? "old" : "new");
  };
  return { token, rejected };
};

describe("authorize", () => {
  it("puts the token on the attempt", async () => {
    const { send, requests } = scripted(replyOf(200));
    await authorize(rotating())(send)(request, tripOf());
    expect(requests[0]?.headers).toEqual({ authorization: "Bearer old" });
  });

  it("asks for another token by naming the refused one, and tries once more", async () => {
    const { token, rejected } = rotating();
    const { send, requests } = scripted(replyOf(401), replyOf(200));
    const reply = await authorize({ token })(send)(request, tripOf());
    expect([reply.status, rejected]).toEqual([200, [undefined, "old"]]);
    expect(requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer old", "Bearer new"]);
  });

  it("gives up after a second refusal", async () => {
    const { send, requests } = scripted(replyOf(401));
    await expect(authorize(rotating())(send)(request, tripOf())).rejects.toMatchObject({
      code: "credentials_rejected",
      remedy: expect.stringMatching(/`url`.*`tenant_id`.*`access_token_file`/),
    });
    expect(requests).toHaveLength(2);
  });

  it("does not send when the gate closed while the token was fetched", async () => {
    let isOpen = true;
    const token: Token = () => {
      isOpen = false;
      return Promise.resolve("late");
    };
    const { send, requests } = scripted(replyOf(200));
    const sent = authorize({ token })(send)(request, tripOf({ mayLeave: () => isOpen }));
    await expect(sent).rejects.toMatchObject({ code: "throttled" });
    expect(requests).toHaveLength(0);
  });

  it("makes no second try of a trip that was aborted meanwhile", async () => {
    const abort = new AbortController();
    let sent = 0;
    const send: Send = () => {
      sent += 1;
      abort.abort(new Error("cancelled"));
      return Promise.resolve(replyOf(401));
    };
    await expect(authorize(rotating())(send)(request, tripOf({ signal: abort.signal }))).rejects.toThrow("cancelled");
    expect(sent).toBe(1);
  });
});
