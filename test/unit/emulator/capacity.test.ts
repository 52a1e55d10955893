import { describe, expect, it } from "vitest";
import type { CapacitySettings } from "../../emulator/limits/capacity.ts";
import { Capacity } from "../../emulator/limits/capacity.ts";
import { serviceLimits } from "../../emulator/limits/limits.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { ask, codeOf, emulatorWith } from "./support.ts";

interface Order {
  readonly principal?: string;
  /** Seconds. */
  readonly at: number;
  readonly work: number;
}

/** The seconds at which the work ends. */
async function ends(settings: Partial<CapacitySettings>, orders: readonly Order[]): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const start = clock.now();
  const whole = { model: "shared-stretch", lanes: 1, penalty: 0, steps: [], ...settings } as const;
  const capacity = new Capacity(whole, { clock, principals: 2, compression: 1 });
  const run = async ({ principal = "", at, work }: Order): Promise<number> => {
    await clock.sleep(at * 1000);
    await capacity.start(principal, work * 1000).done;
    return Math.round(clock.now() - start) / 1000;
  };
  return await clock.run(Promise.all(orders.map(run)));
}

describe("shared capacity", () => {
  it("stretches nobody up to its lanes", async () => {
    const orders = [
      { at: 0, work: 10 },
      { at: 0, work: 4 },
    ];
    expect(await ends({ lanes: 2 }, orders)).toEqual([10, 4]);
  });

  it("is shared evenly beyond them", async () => {
    const orders = [10, 10, 10].map((work) => ({ at: 0, work }));
    expect(await ends({ lanes: 2 }, orders)).toEqual([15, 15, 15]);
  });

  it("is shared anew when a request comes or goes", async () => {
    // From 2 s on both have half a lane: the second ends at 10 s, and the first has its last 4 s alone.
    const orders = [
      { at: 0, work: 10 },
      { at: 2, work: 4 },
    ];
    expect(await ends({ lanes: 1 }, orders)).toEqual([14, 10]);
  });

  it("does less beyond its lanes if overload costs", async () => {
    const orders = [10, 10].map((work) => ({ at: 0, work }));
    expect(await ends({ lanes: 1, penalty: 1 }, orders)).toEqual([40, 40]);
  });

  it("may grow and shrink", async () => {
    const orders = [10, 10].map((work) => ({ at: 0, work }));
    expect(await ends({ lanes: 1, steps: [{ afterMs: 5000, lanes: 2 }] }, orders)).toEqual([12.5, 12.5]);
    expect(await ends({ lanes: 2, steps: [{ afterMs: 5000, lanes: 1 }] }, orders)).toEqual([15, 15]);
  });

  it("takes a request of its own between two changes", async () => {
    // 0-5 s: 1 lane for 2; 5-6 s: 2 lanes for 2; 6-9 s: 2 lanes for 3 end the third; then 2 lanes for 2.
    const orders = [
      { at: 0, work: 10 },
      { at: 0, work: 10 },
      { at: 6, work: 2 },
    ];
    expect(await ends({ lanes: 1, steps: [{ afterMs: 5000, lanes: 2 }] }, orders)).toEqual([13.5, 13.5, 9]);
  });
});

describe("capacity of each principal", () => {
  it("stretches only the principal that asks for more than its part", async () => {
    const orders = [
      { principal: "a", at: 0, work: 10 },
      { principal: "a", at: 0, work: 10 },
      { principal: "b", at: 0, work: 10 },
    ];
    expect(await ends({ model: "principal-stretch", lanes: 2 }, orders)).toEqual([20, 20, 10]);
  });

  it("may be less than one lane", async () => {
    expect(await ends({ model: "principal-stretch", lanes: 1 }, [{ principal: "a", at: 0, work: 10 }])).toEqual([20]);
  });
});

describe("an environment", () => {
  const stretched = { model: "shared-stretch", lanes: 2, penalty: 0, steps: [] } as const;

  it("charges the stretched time", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, limits: serviceLimits, requestMs: 10_000, capacity: stretched });
    const replies = await clock.run(Promise.all([1, 2, 3].map(() => ask(emulator, "GET WhoAmI"))));
    expect(replies.at(-1)?.headers["x-ms-ratelimit-time-remaining-xrm-requests"]).toBe("1,155.00");
  });

  it("that refuses says so as if it were the principal's own limit", async () => {
    const clock = new VirtualClock();
    const capacity = { ...stretched, model: "refuse" } as const;
    const emulator = emulatorWith({ clock, limits: serviceLimits, requestMs: 10_000, capacity, principals: 2 });
    const running = [1, 2].map(() => ask(emulator, "GET WhoAmI"));
    const other = { "x-emulator-principal": emulator.principals[1]?.clientId ?? "" };
    const refused = await ask(emulator, "GET WhoAmI", "", other);
    expect([refused.status, codeOf(refused), refused.headers["retry-after"]]).toEqual([429, "0x80072326", "5"]);
    expect(refused.body).toContain("Number of concurrent requests exceeded the limit of 52.");
    await clock.run(Promise.all(running));
    expect((await clock.run(ask(emulator, "GET WhoAmI", "", other))).status).toBe(200);
  });

  it("changes its size by the side door", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, requestMs: 10_000, capacity: { ...stretched, lanes: 1 } });
    const start = clock.now();
    const running = [1, 2].map(() => ask(emulator, "GET WhoAmI"));
    await clock.run(clock.sleep(5000));
    expect((await ask(emulator, "POST /__emulator__/capacity", { lanes: 2 })).status).toBe(200);
    await clock.run(Promise.all(running));
    expect(clock.now() - start).toBeCloseTo(12_500, 2);
    expect((await ask(emulator, "POST /__emulator__/capacity", { lanes: 0 })).status).toBe(400);
  });
});
