import { describe, expect, it } from "vitest";
import { seededChance } from "../../emulator/core/chance.ts";
import { costOf, noise, readCosts } from "../../emulator/limits/cost.ts";
import { serviceLimits } from "../../emulator/limits/limits.ts";
import { workOf } from "../../emulator/limits/work.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { ask, batchType, emulatorWith, multipart, part } from "./support.ts";

const root = "/api/data/v9.2/";

function cost(line: string, body = "", headers = {}, prices = "on"): number {
  const [method = "", path = ""] = line.split(" ");
  const tableOf = (set: string): string => (set === "accounts" ? "account" : set);
  return costOf(readCosts(prices), workOf({ method, url: root + path, headers, body }), tableOf);
}

const targets = (rows: number): string =>
  JSON.stringify({ Targets: Array.from({ length: rows }, () => ({ name: 'a "]}[{ \\', parties: [{ a: [] }] })) });

const message = (name: string): string => `POST accounts/Microsoft.Dynamics.CRM.${name}Multiple`;

describe("a request costs", () => {
  it.each([
    ["a create", "POST accounts", "{}", 40],
    ["a read", "GET accounts", "", 40],
    ["a delete", "DELETE accounts(1)", "", 40],
    ["an upsert", "PATCH accounts(1)", "{}", 64],
    ["a bulk create", message("Create"), targets(10), 140],
    ["a bulk upsert", message("Upsert"), targets(10), 224],
    ["bytes as well as text", message("Update"), targets(3), 84],
  ])("%s", (_name, line, body, ms) => {
    expect(cost(line, body)).toBeCloseTo(ms, 9);
  });

  it("an update, which names a row that must exist, is no dearer than a create", () => {
    expect(cost("PATCH accounts(1)", "{}", { "if-match": "*" })).toBe(40);
  });

  it("a batch by its operations, upserts and bulk messages in it", () => {
    const upsert = part("PATCH accounts(1)", { name: "POST x HTTP/1.1" });
    const update = part("PATCH accounts(1)", {}, ["If-Match: *"]);
    const bulk = part(message("Create"), targets(5));
    expect(cost("POST $batch", multipart([part("GET accounts"), upsert, update]))).toBeCloseTo(20 + 30 + 48 + 30, 9);
    expect(cost("POST $batch", multipart([bulk, update]))).toBe(20 + 30 + 5 * 8 + 30);
  });

  it("what its table's own prices say, and plug-ins on each row", () => {
    const prices = "request=10,bulk-row=1,plugin=2,account.bulk-row=100";
    expect(cost(message("Create"), targets(3), {}, prices)).toBe(10 + 3 * 100 + 3 * 2);
    expect(cost("POST contacts/Microsoft.Dynamics.CRM.CreateMultiple", targets(3), {}, prices)).toBe(10 + 3 + 6);
  });

  it("what can be seen of it if it cannot be read", () => {
    expect(cost("POST $batch", "rubbish")).toBe(20);
    expect(cost(message("Create"), '{"Targets":[{"a":"')).toBe(68);
    expect(cost(message("Create"), "")).toBe(60);
  });
});

describe("prices", () => {
  it.each(["", "bulk", "bulk=x", "speed=1", "noise=loud", "account.noise=on", "failed=no", "toString=1"])(
    "are refused if they are '%s'",
    (text) => {
      expect(() => readCosts(text)).toThrow(/price|must be one of/);
    },
  );

  it("vary by noise, one in 500 ten times as much", () => {
    const chance = seededChance(1);
    const drawn = Array.from({ length: 100_000 }, () => noise(chance));
    const outliers = drawn.filter((factor) => factor > 1.3).length;
    expect(outliers).toBeGreaterThan(150);
    expect(outliers).toBeLessThan(250);
    expect(drawn.reduce((sum, factor) => sum + factor, 0) / drawn.length).toBeCloseTo(1.018, 1);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0.7);
  });
});

describe("a bulk message that fails at its fourth row", () => {
  const bad = { "@odata.type": "Microsoft.Dynamics.CRM.account", name: "x".repeat(200) };
  const body = { Targets: Array.from({ length: 10 }, (_unused, row) => (row === 3 ? bad : { ...bad, name: "x" })) };
  const line = "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple";

  it.each([
    ["whole", 140],
    ["part", 92],
  ])("costs its %s", async (failed, ms) => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, limits: serviceLimits, costs: readCosts(`failed=${failed}`) });
    const start = clock.now();
    expect((await clock.run(ask(emulator, line, body))).status).toBe(400);
    expect(clock.now() - start).toBeCloseTo(ms, 6);
  });

  it("and one that succeeds costs all of it by either rule", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, limits: serviceLimits, costs: readCosts("failed=part") });
    const start = clock.now();
    const reply = await clock.run(ask(emulator, line, { Targets: body.Targets.slice(0, 3) }));
    expect([reply.status, clock.now() - start]).toEqual([200, 84]);
  });

  it("is charged in compressed time too", async () => {
    const clock = new VirtualClock();
    const limits = { ...serviceLimits, compression: 10 };
    const emulator = emulatorWith({ clock, limits, costs: readCosts("on") });
    const start = clock.now();
    const reply = await clock.run(ask(emulator, "POST $batch", multipart([part("GET accounts")]), batchType));
    expect([reply.status, clock.now() - start]).toEqual([200, 5]);
    expect(reply.headers["x-ms-ratelimit-time-remaining-xrm-requests"]).toBe("1,199.95");
  });
});

describe("execution is charged", () => {
  const capacity = { model: "shared-stretch", lanes: 1, penalty: 0, steps: [] } as const;

  it.each([
    ["without", {}],
    ["with", { capacity }],
  ])("as priced, though timers come late, %s a capacity", async (_name, options) => {
    const clock = new VirtualClock();
    const late = { now: () => clock.now(), sleep: (ms: number) => clock.sleep(ms + 7) };
    const emulator = emulatorWith({ clock: late, limits: serviceLimits, costs: readCosts("on"), ...options });
    await clock.run(ask(emulator, "GET WhoAmI"));
    const { headers } = await clock.run(ask(emulator, "GET accounts"));
    // 40 ms of the first; the second has taken 47 ms when its headers are written, and will be charged 40 too.
    expect(headers["x-ms-ratelimit-time-remaining-xrm-requests"]).toBe("1,199.91");
  });
});
