import { describe, expect, it } from "vitest";
import type { AttemptClass } from "../../../server/core/attempt.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import { Gate } from "../../../server/transport/gate.ts";
import type { Layer, Reply, Send } from "../../../server/transport/http.ts";
import { retry, retryLimits } from "../../../server/transport/retry.ts";
import { RetryBudget } from "../../../server/transport/retry-budget.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { replyOf, request, scripted, tripOf } from "./scripted.ts";

function classify({ status }: Reply): AttemptClass {
  if (status === 429) return { code: "throttled", remedy: "gate", uncertain: false };
  if (status === 502) return { code: "unavailable", remedy: "backoff", uncertain: true };
  if (status === 308) return { code: "outcome_unknown", remedy: "backoff", uncertain: true };
  if (status === 503) return { code: "unavailable", remedy: "backoff", uncertain: false };
  if (status === 403) return { code: "principal_forbidden", remedy: "stop", uncertain: false };
  if (status === 413) return { code: "too_large", remedy: "split", uncertain: false };
  return { code: "answered", remedy: "none", uncertain: false };
}

/** What stands between repeated attempts and the wire: it waits as throttle replies say. */
function obedient(gate: Gate, clock: VirtualClock): Layer {
  return (next) => async (sent, trip) => {
    const from = clock.now();
    if (!gate.isOpen) await clock.sleep(gate.openAt - from, trip.signal);
    if (trip.tally !== undefined) trip.tally.waitedMs += clock.now() - from;
    const reply = await next(sent, trip);
    gate.heed(reply);
    return reply;
  };
}

function retried(send: Send) {
  const clock = new VirtualClock();
  const budget = new RetryBudget(clock);
  const gate = new Gate({ clock, principal: "app-1", retryAfterMaxMs: 900_000 });
  const pauses: number[] = [];
  const repeated = (_code: string, ms: number): number => pauses.push(ms);
  const resend = retry({ clock, limits: retryLimits, budget, classify, repeated })(obedient(gate, clock)(send));
  return { clock, gate, resend, pauses, from: clock.now() };
}

const reset = new SidecarError("outcome_unknown", "reset");
const refused = new SidecarError("unavailable", "refused");

describe("retry", () => {
  it("gives an answer with its trail", async () => {
    const { clock, resend } = retried(scripted(replyOf(503), replyOf(429, { "retry-after": "4" }), replyOf(200)).send);
    const reply = await clock.run(resend(request, tripOf()));
    expect(reply).toMatchObject({ status: 200, attempts: 2, throttles: 1, uncertain: false, waitedMs: 4_000 });
  });

  it("tells of each repetition, and how long it waited; a throttle is none", async () => {
    const { send } = scripted(replyOf(503, { "retry-after": "3" }), replyOf(429, { "retry-after": "4" }), replyOf(200));
    const { clock, resend, pauses } = retried(send);
    await clock.run(resend(request, tripOf()));
    expect(pauses).toEqual([3_000]);
  });

  it.each([400, 403, 413])("does not repeat a %i", async (status) => {
    const { send, requests } = scripted(replyOf(status));
    const { clock, resend } = retried(send);
    await clock.run(resend(request, tripOf()));
    expect(requests).toHaveLength(1);
  });

  it.each([
    ["503", replyOf(503), "deadline_passed"],
    ["502", replyOf(502), "outcome_unknown"],
    ["reset", reset, "outcome_unknown"],
    ["refused connection", refused, "deadline_passed"],
  ])("ends after eight attempts against a service that always fails with %s", async (_name, answer, code) => {
    const { send, requests } = scripted(answer);
    const { clock, resend } = retried(send);
    await expect(clock.run(resend(request, tripOf()))).rejects.toMatchObject({ code, trail: { attempts: 8 } });
    expect(requests).toHaveLength(8);
  });

  it("ends after twenty throttles in a quarter of an hour, none of which is an attempt", async () => {
    const { send, requests } = scripted(replyOf(429, { "retry-after": "60" }));
    const { clock, resend } = retried(send);
    await expect(clock.run(resend(request, tripOf()))).rejects.toMatchObject({
      code: "deadline_passed",
      trail: { attempts: 0, throttles: 20 },
    });
    expect(requests).toHaveLength(20);
  });

  it("goes on where more of them came in a shorter time", async () => {
    const often = Array.from({ length: 100 }, () => replyOf(429, { "retry-after": "1" }));
    const { clock, resend } = retried(scripted(...often, replyOf(200)).send);
    expect(await clock.run(resend(request, tripOf()))).toMatchObject({ status: 200, throttles: 100 });
  });

  it("ends after twenty, however soon, where somebody waits for it", async () => {
    const { send, requests } = scripted(replyOf(429, { "retry-after": "1" }));
    const { clock, resend } = retried(send);
    await expect(clock.run(resend(request, tripOf({ patience: "short" })))).rejects.toMatchObject({
      code: "deadline_passed",
    });
    expect(requests).toHaveLength(20);
  });

  it("gives up at once on a wait that is longer than allowed, and keeps the gate closed", async () => {
    const { clock, gate, resend, from } = retried(scripted(replyOf(429, { "retry-after": "100000" })).send);
    await expect(clock.run(resend(request, tripOf()))).rejects.toMatchObject({ code: "deadline_passed" });
    expect([clock.now() - from, gate.isOpen]).toEqual([0, false]);
  });

  it("says that an earlier attempt may have been applied", async () => {
    const { clock, resend } = retried(scripted(reset, replyOf(200)).send);
    expect(await clock.run(resend(request, tripOf()))).toMatchObject({ status: 200, uncertain: true });
  });

  it.each([
    ["a lost reply", reset],
    ["a gateway that gave up", replyOf(502)],
  ])("tells of %s at once to someone who must read before anything is sent again", async (_name, answer) => {
    const { send, requests } = scripted(answer, replyOf(200));
    const { clock, resend } = retried(send);
    await expect(clock.run(resend(request, tripOf({ onUnknown: "report" })))).rejects.toMatchObject({
      code: "outcome_unknown",
      trail: { attempts: 1, uncertain: true },
    });
    expect(requests).toHaveLength(1);
  });

  it("repeats for them what was surely not applied", async () => {
    const { clock, resend } = retried(scripted(replyOf(503), refused, replyOf(200)).send);
    expect(await clock.run(resend(request, tripOf({ onUnknown: "report" })))).toMatchObject({ status: 200 });
  });

  it("does not call a read uncertain", async () => {
    const { clock, resend } = retried(scripted(reset).send);
    const read = resend({ ...request, method: "GET" }, tripOf());
    await expect(clock.run(read)).rejects.toMatchObject({ code: "deadline_passed", trail: { uncertain: false } });
  });

  it("keeps the doubt when the credentials are refused later", async () => {
    const { clock, resend } = retried(scripted(reset, new SidecarError("credentials_rejected", "no")).send);
    await expect(clock.run(resend(request, tripOf()))).rejects.toMatchObject({
      code: "credentials_rejected",
      trail: { attempts: 2, uncertain: true },
    });
  });

  it("takes Retry-After of a 503 as a floor", async () => {
    const { clock, resend, from } = retried(scripted(replyOf(503, { "retry-after": "120" }), replyOf(200)).send);
    await clock.run(resend(request, tripOf()));
    expect(clock.now() - from).toBeGreaterThanOrEqual(120_000);
  });

  it("does not count time behind the gate towards the request's fifteen minutes", async () => {
    const long = replyOf(429, { "retry-after": "800" });
    const { clock, resend } = retried(scripted(long, long, replyOf(503), replyOf(200)).send);
    const { status, waitedMs } = await clock.run(resend(request, tripOf()));
    expect(status).toBe(200);
    // The second wait is lengthened by chance, up to the longest that is obeyed.
    expect(waitedMs).toBeGreaterThanOrEqual(1_600_000);
  });

  it("ends after fifteen minutes of its own", async () => {
    const slow = replyOf(503, { "retry-after": "400" });
    const { send, requests } = scripted(slow);
    const { clock, resend } = retried(send);
    await expect(clock.run(resend(request, tripOf()))).rejects.toMatchObject({ code: "deadline_passed" });
    expect(requests).toHaveLength(4);
  });

  it("tells of a redirect that it is not followed", async () => {
    const { clock, resend } = retried(scripted(replyOf(308)).send);
    const message =
      "Given up, because 2 attempts failed. The last reply was 308, to another address, where no token is taken.";
    await expect(clock.run(resend(request, tripOf({ patience: "short" })))).rejects.toThrow(message);
  });

  it("makes two attempts for someone who waits", async () => {
    const { send, requests } = scripted(replyOf(503));
    const { clock, resend } = retried(send);
    await expect(clock.run(resend(request, tripOf({ patience: "short" })))).rejects.toThrow("2 attempts");
    expect(requests).toHaveLength(2);
  });

  it("delays 50 concurrent failures independently", async () => {
    const again: number[] = [];
    const clock = new VirtualClock();
    const options = { clock, limits: retryLimits, budget: new RetryBudget(clock), classify };
    for (let sender = 0; sender < 30; sender += 1) {
      const { send } = scripted(replyOf(503), replyOf(200));
      const from = clock.now();
      const sent = retry(options)(send)(request, tripOf());
      again.push(await clock.run(sent.then(() => clock.now() - from)));
    }
    expect(new Set(again).size).toBeGreaterThan(25);
  });

  it("holds retries back when the principal's budget is spent", async () => {
    const clock = new VirtualClock();
    const from = clock.now();
    const budget = new RetryBudget(clock);
    const resend = retry({ clock, limits: retryLimits, budget, classify });
    const seconds = new Map<number, number>();
    const senders = Array.from({ length: 100 }, () => {
      let first = true;
      return resend(() => {
        if (first) {
          first = false;
          return Promise.resolve(replyOf(503));
        }
        const second = Math.floor((clock.now() - from) / 10_000);
        seconds.set(second, (seconds.get(second) ?? 0) + 1);
        return Promise.resolve(replyOf(200));
      })(request, tripOf());
    });
    await clock.run(Promise.all(senders));
    expect(seconds.get(0)).toBeLessThanOrEqual(30);
    expect([...seconds.values()].reduce((sum, count) => sum + count)).toBe(100);
  });
});

describe("cancelling", () => {
  it.each([
    ["a backoff", replyOf(503, { "retry-after": "600" })],
    ["a gate", replyOf(429, { "retry-after": "600" })],
  ])("cuts %s at once and makes no further attempt", async (_name, answer) => {
    const { send, requests } = scripted(answer);
    const { clock, resend, from } = retried(send);
    const cancel = new AbortController();
    const sent = resend(request, tripOf({ signal: cancel.signal }));
    const aborted = clock.sleep(1_000).then(() => cancel.abort(new Error("cancelled")));
    await expect(clock.run(Promise.all([sent, aborted]))).rejects.toThrow("cancelled");
    expect([clock.now() - from, requests.length]).toEqual([1_000, 1]);
  });

  it("does not hide an attempt that may have been applied", async () => {
    const { clock, resend } = retried(scripted(replyOf(502, { "retry-after": "600" })).send);
    const cancel = new AbortController();
    const sent = resend(request, tripOf({ signal: cancel.signal }));
    const aborted = clock.sleep(1_000).then(() => cancel.abort(new Error("cancelled")));
    await expect(clock.run(Promise.all([sent, aborted]))).rejects.toMatchObject({
      code: "outcome_unknown",
      trail: { attempts: 1, uncertain: true },
    });
  });
});

/** Attempts that meet an outage before the answer comes. */
function away(answer: Reply | Error, times: number) {
  let left = times;
  return retried((_request, { tally }) => {
    left -= 1;
    if (left < 0) return Promise.resolve(replyOf(200));
    if (tally !== undefined) tally.outages += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
}

describe("what meets an outage", () => {
  it("was no attempt, and is made again at once: whoever held it knows when it is over", async () => {
    const { clock, resend, pauses, from } = away(replyOf(503), 100);
    expect(await clock.run(resend(request, tripOf()))).toMatchObject({ status: 200, attempts: 1, uncertain: false });
    expect([clock.now() - from, pauses]).toEqual([0, []]);
  });

  it("is in doubt as any other is", async () => {
    const { clock, resend } = away(replyOf(502), 9);
    expect(await clock.run(resend(request, tripOf()))).toMatchObject({ attempts: 1, uncertain: true });
  });

  it("is told at once where it must be read first, as no attempt", async () => {
    const { clock, resend } = away(replyOf(502), 1);
    await expect(clock.run(resend(request, tripOf({ onUnknown: "report" })))).rejects.toMatchObject({
      code: "outcome_unknown",
      trail: { attempts: 0, uncertain: true },
    });
  });

  it("ends where the service asks to wait for too long", async () => {
    const { clock, resend } = away(replyOf(503, { "retry-after": "901" }), 1);
    await expect(clock.run(resend(request, tripOf()))).rejects.toMatchObject({ code: "deadline_passed" });
  });
});
