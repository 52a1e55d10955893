import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import type { LimitSettings } from "../../emulator/limits/limits.ts";
import { serviceLimits } from "../../emulator/limits/limits.ts";
import type { WebReply } from "../../emulator/wire/http.ts";
import type { EmulatorOptions } from "../../emulator/world.ts";
import type { Headers } from "./support.ts";
import { ask, codeOf, emulatorWith, replyOf, VirtualClock } from "./support.ts";

function limited(
  limits: Partial<LimitSettings>,
  options: EmulatorOptions = {},
): { emulator: Emulator; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { emulator: emulatorWith({ clock, limits: { ...serviceLimits, ...limits }, ...options }), clock };
}

const who = (emulator: Emulator, headers: Headers = {}): Promise<WebReply> => ask(emulator, "GET WhoAmI", "", headers);

async function times(count: number, emulator: Emulator, headers: Headers = {}): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let request = 0; request < count; request += 1) {
    statuses.push((await who(emulator, headers)).status);
  }
  return statuses;
}

describe("requests in a window", () => {
  it("are 6,000; the next one waits until the oldest has left", async () => {
    const { emulator, clock } = limited({});
    await who(emulator);
    await clock.advance(100_000);
    expect(new Set(await times(5999, emulator))).toEqual(new Set([200]));
    const reply = await who(emulator);
    expect([reply.status, codeOf(reply), reply.headers["retry-after"]]).toEqual([429, "0x80072322", "200"]);
    expect(reply.body).toContain("Number of requests exceeded the limit of 6000 over time window of 300 seconds.");
    await clock.advance(200_000);
    expect(await times(2, emulator)).toEqual([200, 429]);
  });

  it("are counted per principal", async () => {
    const { emulator } = limited({ requests: 1 }, { principals: 2 });
    const [first, second] = emulator.principals;
    const of = (principal: typeof first): Headers => ({ "x-emulator-principal": principal?.clientId ?? "" });
    expect(await times(2, emulator, of(first))).toEqual([200, 429]);
    expect(await times(1, emulator, of(second))).toEqual([200]);
  });

  it("are counted per web server, which a cookie names", async () => {
    const { emulator } = limited({ requests: 1 }, { servers: 2 });
    const cookies = new Set<string>();
    while (cookies.size < 2) {
      emulator.reset();
      cookies.add((await who(emulator)).headers["set-cookie"]?.split(";")[0] ?? "");
    }
    emulator.reset();
    for (const cookie of cookies) {
      expect(await times(2, emulator, { cookie })).toEqual([200, 429]);
    }
  });

  it("are fewer by a setting and shrink with compressed time", async () => {
    const { emulator, clock } = limited({ requests: 2, compression: 60 });
    expect(await times(2, emulator)).toEqual([200, 200]);
    expect((await who(emulator)).headers["retry-after"]).toBe("5");
    await clock.advance(5000);
    expect(await times(2, emulator)).toEqual([200, 200]);
  });
});

describe("concurrent requests", () => {
  it("are 52", async () => {
    const { emulator, clock } = limited({}, { requestMs: 1000 });
    const running = Array.from({ length: 52 }, () => who(emulator));
    const reply = await who(emulator);
    expect([reply.status, codeOf(reply)]).toEqual([429, "0x80072326"]);
    expect(reply.body).toContain("Number of concurrent requests exceeded the limit of 52.");
    await clock.advance(1000);
    expect((await Promise.all(running)).every(({ status }) => status === 200)).toBe(true);
    await clock.advance(5000);
    const later = who(emulator);
    await clock.advance(1000);
    expect((await later).status).toBe(200);
  });
});

describe("execution time", () => {
  it("is 1,200 s, charged while a request runs", async () => {
    const { emulator, clock } = limited({}, { requestMs: 120_000 });
    const first = Array.from({ length: 11 }, () => who(emulator));
    await clock.advance(109_091);
    const reply = await who(emulator);
    expect([reply.status, codeOf(reply)]).toEqual([429, "0x80072321"]);
    expect(reply.body).toContain("exceeded limit of 1,200,000 milliseconds");
    await clock.advance(10_909);
    await Promise.all(first);
  });

  it("frees itself as finished requests leave the window", async () => {
    const { emulator, clock } = limited({ executionMs: 2000 }, { requestMs: 1000 });
    for (let request = 0; request < 2; request += 1) {
      const running = who(emulator);
      await clock.advance(1000);
      await running;
    }
    const reply = await who(emulator);
    expect([reply.status, reply.headers["retry-after"]]).toEqual([429, "299"]);
    await clock.advance(299_000);
    const running = who(emulator);
    await clock.advance(1000);
    expect((await running).status).toBe(200);
  });
});

describe("Retry-After", () => {
  it("grows while the client keeps sending, and each such request is early", async () => {
    const { emulator, clock } = limited({ requests: 1, windowMs: 10_000 });
    await times(2, emulator);
    const waits: number[] = [];
    for (let request = 0; request < 3; request += 1) {
      await clock.advance(1000);
      waits.push(Number((await who(emulator)).headers["retry-after"]));
    }
    expect(waits).toEqual([14, 20, 29]);
    expect(emulator.counts()).toMatchObject({ throttles: 4, early: 3 });
    expect(emulator.violations().requests.map(({ number }) => number)).toEqual([3, 4, 5]);
  });

  it("that was waited for leaves no violation", async () => {
    const { emulator, clock } = limited({ requests: 1, windowMs: 10_000 });
    await times(2, emulator);
    await clock.advance(10_000);
    expect(await times(1, emulator)).toEqual([200]);
    expect(emulator.counts().early).toBe(0);
  });

  it("spares requests that were on their way when it was told", async () => {
    const { emulator, clock } = limited({ requests: 1, windowMs: 10_000 }, { graceMs: 100 });
    await times(2, emulator);
    await clock.advance(100);
    const reply = await who(emulator);
    expect([reply.headers["retry-after"], emulator.counts().early]).toEqual(["10", 0]);
    await clock.advance(1);
    await who(emulator);
    expect(emulator.counts().early).toBe(1);
  });

  it("of one server holds for a client that names none", async () => {
    const { emulator, clock } = limited({ requests: 1 }, { servers: 8 });
    let cookie = "";
    for (let status = 200; status === 200; ) {
      const reply = await who(emulator);
      status = reply.status;
      cookie = reply.headers["set-cookie"]?.split(";")[0] ?? "";
    }
    await clock.advance(1000);
    await who(emulator, { cookie });
    expect(emulator.counts().early).toBe(1);
    await clock.advance(1);
    await who(emulator);
    expect(emulator.counts().early).toBe(2);
  });
});

describe("rate headers", () => {
  it("count down, the time with a thousands separator", async () => {
    const { emulator, clock } = limited({}, { requestMs: 1500 });
    const running = who(emulator);
    await clock.advance(1500);
    const reply = replyOf(await running);
    expect(reply.headers).toMatchObject({
      "x-ms-ratelimit-burst-remaining-xrm-requests": "5999",
      "x-ms-ratelimit-time-remaining-xrm-requests": "1,198.50",
      "x-ms-dop-hint": "8",
    });
  });
});
