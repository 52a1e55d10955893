import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import type { LimitSettings } from "../../emulator/limits/limits.ts";
import { serviceLimits } from "../../emulator/limits/limits.ts";
import type { WebReply } from "../../emulator/wire/http.ts";
import type { EmulatorOptions } from "../../emulator/world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import type { Headers } from "./support.ts";
import { ask, codeOf, emulatorWith } from "./support.ts";

interface Scene {
  readonly emulator: Emulator;
  readonly clock: VirtualClock;
  /** Moves the time to so many milliseconds after the start. */
  readonly until: (ms: number) => Promise<void>;
  readonly who: (headers?: Headers) => Promise<WebReply>;
}

function scene(limits: Partial<LimitSettings> = {}, options: EmulatorOptions = {}): Scene {
  const clock = new VirtualClock();
  const start = clock.now();
  const emulator = emulatorWith({ clock, limits: { ...serviceLimits, ...limits }, ...options });
  return {
    emulator,
    clock,
    until: (ms) => clock.run(clock.sleep(start + ms - clock.now())),
    who: (headers = {}) => ask(emulator, "GET WhoAmI", "", headers),
  };
}

describe("a slot of the request window is free", () => {
  it.each([
    [299_999, 429],
    [300_000, 200],
  ])("%i ms after the request that had it: %i", async (ms, status) => {
    const { until, who } = scene({ requests: 1 });
    await who();
    await until(ms);
    expect((await who()).status).toBe(status);
  });
});

describe("execution of running requests", () => {
  it.each([
    [109_090, 200],
    [109_091, 429],
  ])("of eleven from the start on, after %i ms: %i", async (ms, status) => {
    const { clock, until, who } = scene({}, { requestMs: 120_000 });
    const running = Array.from({ length: 11 }, () => who());
    await until(ms);
    const last = who();
    expect((await clock.run(last)).status).toBe(status);
    await clock.run(Promise.all(running));
  });

  it("leaves the window as it entered, bit by bit", async () => {
    const { clock, until, who } = scene({}, { requestMs: 100_000 });
    await clock.run(who());
    await until(250_000);
    const reply = await clock.run(who());
    // The window that ends at 350 s holds the second half of the first, and all of the second.
    expect(reply.headers["x-ms-ratelimit-time-remaining-xrm-requests"]).toBe("1,050.00");
  });
});

describe("a volley that runs beyond the limit", () => {
  // 25 requests of 60 s use 1,250 s in 50 s, and 1,500 s in the end.
  const volley = async (): Promise<Scene & { readonly seconds: number }> => {
    const all = scene({}, { requestMs: 60_000 });
    const running = Array.from({ length: 25 }, () => all.who());
    await all.until(50_000);
    const refused = await all.who();
    expect([refused.status, codeOf(refused)]).toEqual([429, "0x80072321"]);
    await all.clock.run(Promise.all(running));
    return { ...all, seconds: Number(refused.headers["retry-after"]) };
  };

  it("is told to wait for what still runs too, and then is let in", async () => {
    const { clock, until, who, seconds, emulator } = await volley();
    // The 300 s beyond the limit are paid back in 75 s, from when the first of all this leaves the window.
    expect(seconds).toBe(325);
    await until(50_000 + seconds * 1000);
    expect((await clock.run(who())).status).toBe(200);
    expect(emulator.counts()).toMatchObject({ throttles: 1, early: 0 });
  });

  it("is not let in a second too early", async () => {
    const { clock, until, who, seconds, emulator } = await volley();
    await until(50_000 + (seconds - 1) * 1000);
    expect((await clock.run(who())).status).toBe(429);
    expect(emulator.counts().early).toBe(1);
  });
});

describe("52 requests at once", () => {
  it("are for one principal on one server, not for another server or principal", async () => {
    const { emulator, clock, who } = scene({}, { requestMs: 1000, servers: 2, principals: 2 });
    const found = new Set<string>();
    while (found.size < 2) {
      found.add((await clock.run(who())).headers["set-cookie"]?.split(";")[0] ?? "");
    }
    const [here = "", there = ""] = found;
    const running = Array.from({ length: 52 }, () => who({ cookie: here }));
    const other = { cookie: here, "x-emulator-principal": emulator.principals[1]?.clientId ?? "" };
    const refused = await who({ cookie: here });
    running.push(who({ cookie: there }), who(other));
    expect([refused.status, codeOf(refused)]).toEqual([429, "0x80072326"]);
    expect((await clock.run(Promise.all(running))).every(({ status }) => status === 200)).toBe(true);
  });

  it("that are refused again and again must wait longer each time, though they obey", async () => {
    const { clock, who } = scene({ concurrent: 1 }, { requestMs: 60_000 });
    const running = who();
    const waits: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const wait = (await who()).headers["retry-after"] ?? "";
      waits.push(wait);
      await clock.run(clock.sleep(Number(wait) * 1000));
    }
    expect(waits).toEqual(["5", "6", "7", "7"]);
    await clock.run(running);
  });
});

describe("Retry-After", () => {
  it("may ask for room beyond one request", async () => {
    const { until, who } = scene({ requests: 100, room: 0.05 });
    for (let second = 0; second < 100; second += 1) {
      await until(second * 1000);
      await who();
    }
    // The fifth oldest, of 4 s, leaves at 304 s.
    expect((await who()).headers["retry-after"]).toBe("205");
    await until(304_000);
    const statuses: number[] = [];
    for (let request = 0; request < 6; request += 1) {
      statuses.push((await who()).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it.each([
    [true, "43"],
    [false, "42.858"],
  ])("of compressed time is rounded up (whole seconds: %s)", async (wholeSeconds, wait) => {
    const { until, who } = scene({ requests: 1, compression: 7, wholeSeconds });
    await who();
    expect((await who()).headers["retry-after"]).toBe(wait);
    await until(Number(wait) * 1000 - 1);
    expect((await who()).status).toBe(429);
  });

  it("stands among few headers", async () => {
    const { who } = scene({ requests: 1 });
    await who();
    const { headers, body } = await who();
    expect(Object.keys(headers).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "content-type",
      "retry-after",
      "set-cookie",
      "x-ms-service-request-id",
    ]);
    expect(headers["content-type"]).toBe("application/json; odata.metadata=minimal");
    expect(Object.keys(JSON.parse(body))).toEqual(["error"]);
  });
});

describe("licensed requests", () => {
  it("are counted by principal and day: each operation of a batch, each target of a bulk message, reads too", async () => {
    const { emulator, clock, who } = scene();
    const name = emulator.principals[0]?.clientId ?? "";
    await who();
    const target = { "@odata.type": "Microsoft.Dynamics.CRM.account", name: "x" };
    await ask(emulator, "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple", { Targets: [target, target, target] });
    const [day = ""] = Object.keys(emulator.counts().entitlement[name] ?? {});
    expect(emulator.counts().entitlement[name]).toEqual({ [day]: 4 });
    await clock.run(clock.sleep(86_400_000), { maxMs: 90_000_000 });
    await who();
    expect(Object.values(emulator.counts().entitlement[name] ?? {})).toEqual([4, 1]);
  });
});

describe("an answer", () => {
  it("carries the service's own headers", async () => {
    const { who } = scene({}, { dopHint: 48 });
    const { headers } = await who();
    expect(headers).toMatchObject({
      "x-ms-dop-hint": "48",
      "x-ms-ratelimit-time-remaining-xrm-requests": "1,200.00",
      "x-ms-ratelimit-burst-remaining-xrm-requests": "5999",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "cache-control": "no-cache",
      expires: "-1",
      "crm.serviceid": "framework",
      "odata-version": "4.0",
      vary: "Accept-Encoding",
    });
    expect(headers["set-cookie"]).toMatch(/^ARRAffinity=[0-9a-f]{64}; path=\/; secure; HttpOnly$/);
    expect(headers).toHaveProperty("x-ms-service-request-id");
    expect(headers).toHaveProperty("req_id");
    expect(headers).toHaveProperty("authactivityid");
    expect(headers["x-source"]).toMatch(/^[0-9a-f]{32},[0-9a-f]{32}$/);
  });
});
