import { describe, expect, it } from "vitest";
import { seededChance } from "../../emulator/core/chance.ts";
import type { CapacitySettings } from "../../emulator/limits/capacity.ts";
import { readCosts } from "../../emulator/limits/cost.ts";
import { serviceLimits } from "../../emulator/limits/limits.ts";
import type { ProtectionOptions } from "../../emulator/limits/protection.ts";
import { Protection } from "../../emulator/limits/protection.ts";
import type { WebRequest } from "../../emulator/wire/http.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const root = "/api/data/v9.2/";

function bulk(rows: number): WebRequest {
  const body = `{"Targets":[${Array.from({ length: rows }, () => "{}").join(",")}]}`;
  return { method: "POST", url: `${root}accounts/Microsoft.Dynamics.CRM.CreateMultiple`, headers: {}, body };
}

function batch(operations: number): WebRequest {
  const part = "--b\r\n\r\nPOST /api/data/v9.2/accounts HTTP/1.1\r\n\r\n{}\r\n";
  return { method: "POST", url: `${root}$batch`, headers: {}, body: part.repeat(operations) };
}

const single: WebRequest = { method: "POST", url: `${root}accounts`, headers: {}, body: "{}" };

interface Pace {
  readonly request: WebRequest;
  readonly rows: number;
  /** Requests of one principal on one server at once. */
  readonly lanes: number;
  /** Milliseconds between an answer and the lane's next request. */
  readonly gapMs?: number;
}

interface Size {
  readonly principals: number;
  readonly servers: number;
  /** Windows. */
  readonly first: number;
  readonly last: number;
}

const windowMs = 300_000;

/** Nothing is written. */
const quiet = { work: () => undefined, rowsDone: () => undefined };

/** Rows after the first window and up to the last, of clients that keep their lanes busy and obey each Retry-After. */
async function rowsWritten(
  pace: Pace,
  { principals, servers, first, last }: Size,
  options: ProtectionOptions,
): Promise<number> {
  const clock = new VirtualClock();
  const place = { clock, chance: seededChance(1), principals, tableOf: (set: string) => set };
  const protection = new Protection({ servers, ...options }, place);
  const start = clock.now();
  let rows = 0;
  const lane = async (principal: string, server: number): Promise<void> => {
    while (clock.now() < start + last * windowMs) {
      const admission = protection.gate.admit(principal, { server, named: server }, clock.now());
      if (admission.kind === "refused") {
        await clock.sleep(Number(admission.reply.headers["retry-after"]) * 1000);
        continue;
      }
      await protection.run({ principal, ...quiet, request: pace.request, lease: admission.lease });
      admission.leave(clock.now());
      rows += clock.now() > start + first * windowMs ? pace.rows : 0;
      await clock.sleep(pace.gapMs ?? 0);
    }
  };
  const lanes = Array.from({ length: principals * servers * pace.lanes }, (_unused, index) =>
    lane(String(index % principals), Math.floor(index / principals) % servers),
  );
  await clock.run(Promise.all(lanes));
  return rows;
}

async function rowsPerSecond(
  pace: Pace,
  size: Omit<Size, "first" | "last">,
  options: ProtectionOptions,
): Promise<number> {
  return (await rowsWritten(pace, { ...size, first: 1, last: 3 }, options)) / ((2 * windowMs) / 1000);
}

const costs = readCosts("on");
const capacity = (lanes: number): CapacitySettings => ({ model: "shared-stretch", lanes, penalty: 0, steps: [] });
const one = { principals: 1, servers: 1 };
const four = { principals: 1, servers: 4 };

describe("a client at the right pace reaches the ceiling that the limits leave", () => {
  it.each([
    ["single rows", { request: single, rows: 1, lanes: 1, gapMs: 10.001 }, 20],
    ["$batch of 10", { request: batch(10), rows: 10, lanes: 4, gapMs: 1 }, 125],
    ["$batch of 100", { request: batch(100), rows: 100, lanes: 4, gapMs: 1 }, 132],
    ["bulk of 100", { request: bulk(100), rows: 100, lanes: 4, gapMs: 1 }, 465],
    ["bulk of 1,000", { request: bulk(1000), rows: 1000, lanes: 4, gapMs: 1 }, 496],
  ])("%s, one principal, one server", async (_name, pace, ceiling) => {
    const rate = await rowsPerSecond(pace, one, { limits: serviceLimits, costs, capacity: capacity(4) });
    expect(rate).toBeGreaterThan(ceiling * 0.98);
    expect(rate).toBeLessThan(ceiling * 1.02);
  });

  it("bulk of 1,000, one principal, four servers", async () => {
    const pace = { request: bulk(1000), rows: 1000, lanes: 4, gapMs: 1 };
    const rate = await rowsPerSecond(pace, four, { limits: serviceLimits, costs, capacity: capacity(16) });
    expect(rate).toBeGreaterThan(1985 * 0.98);
    expect(rate).toBeLessThan(1985 * 1.02);
  });

  it("bulk of 1,000, four principals, one server of 16 lanes", async () => {
    const pace = { request: bulk(1000), rows: 1000, lanes: 4, gapMs: 1 };
    const size = { principals: 4, servers: 1 };
    const rate = await rowsPerSecond(pace, size, { limits: serviceLimits, costs, capacity: capacity(16) });
    expect(rate).toBeGreaterThan(1985 * 0.98);
    expect(rate).toBeLessThan(1985 * 1.02);
  });
});

describe("a volley", () => {
  it.each([6, 16, 52])("of %i long requests at once gains nothing", async (lanes) => {
    const pace = { request: bulk(1000), rows: 1000, lanes };
    const size = { ...one, first: 0, last: 12 };
    const rows = await rowsWritten(pace, size, { limits: serviceLimits, costs, capacity: capacity(64) });
    // The first window is full at once, so twelve hold the work of thirteen.
    expect(rows).toBeLessThan(496.3 * 300 * 13);
  });
});
