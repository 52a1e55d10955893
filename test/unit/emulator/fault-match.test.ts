import { describe, expect, it } from "vitest";
import { ask, batch, emulatorWith, part, VirtualClock } from "./support.ts";

const refuse = { effect: "status", status: 503 } as const;

async function statuses(match: object, lines: readonly `${string} ${string}`[]): Promise<readonly number[]> {
  const emulator = emulatorWith();
  emulator.faults.add([{ ...refuse, match: { count: 100, ...match } }]);
  const found: number[] = [];
  for (const line of lines) {
    found.push((await ask(emulator, line, line.startsWith("POST") ? { name: "x" } : "")).status);
  }
  return found;
}

describe("a fault finds its requests by", () => {
  it("table, as its logical name", async () => {
    const lines = ["GET accounts", "GET contacts", "POST accounts", "GET accounts?$top=1", "GET WhoAmI"] as const;
    expect(await statuses({ table: "account" }, lines)).toEqual([503, 200, 503, 503, 200]);
  });

  it("operation", async () => {
    const lines = ["GET accounts", "POST accounts", "GET contacts"] as const;
    expect(await statuses({ operation: "^POST .*accounts" }, lines)).toEqual([200, 503, 200]);
  });

  it("operations within a batch, each looked at alone", async () => {
    const emulator = emulatorWith();
    const match = { operation: "^POST ", table: "contact", contains: "poison" };
    emulator.faults.add([{ ...refuse, match }]);
    const apart = [part("POST accounts", { name: "poison" }), part("POST contacts", { lastname: "good" })];
    expect((await batch(emulator, apart)).status).toBe(200);
    expect((await batch(emulator, [part("POST contacts", { lastname: "poison" })])).status).toBe(503);
  });

  it("a row's value, as long as the row comes", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "status", error: "request_too_large", match: { contains: "poison", count: 9 } }]);
    const rows = ["a", "b", "poison", "c"].map((name) => part("POST accounts", { name }));
    expect((await batch(emulator, rows)).status).toBe(413);
    expect((await batch(emulator, rows.slice(0, 2))).status).toBe(200);
    expect((await batch(emulator, rows.slice(2))).status).toBe(413);
    expect((await batch(emulator, rows.slice(3))).status).toBe(200);
  });

  it("time since the script was added", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    await clock.advance(5000);
    emulator.faults.add([{ ...refuse, match: { from_ms: 100, until_ms: 200, count: 100 } }]);
    const found: number[] = [];
    for (const step of [99, 1, 99, 1]) {
      await clock.advance(step);
      found.push((await ask(emulator, "GET WhoAmI")).status);
    }
    expect(found).toEqual([200, 503, 503, 200]);
  });
});

describe("a rate", () => {
  async function hits(seed: number, rate: number): Promise<readonly number[]> {
    const emulator = emulatorWith({ seed });
    emulator.faults.add([{ ...refuse, rate }]);
    const found: number[] = [];
    for (let request = 0; request < 400; request += 1) {
      if ((await ask(emulator, "GET WhoAmI")).status === 503) {
        found.push(request);
      }
    }
    return found;
  }

  it("hits its share of the requests", async () => {
    const { length } = await hits(1, 0.1);
    expect(length).toBeGreaterThan(20);
    expect(length).toBeLessThan(65);
  });

  it("hits the same requests for the same seed, and others for another", async () => {
    expect(await hits(3, 0.1)).toEqual(await hits(3, 0.1));
    expect(await hits(3, 0.1)).not.toEqual(await hits(4, 0.1));
  });

  it("draws anew after a reset", async () => {
    const emulator = emulatorWith();
    const run = async (): Promise<readonly number[]> => {
      emulator.faults.add([{ ...refuse, rate: 0.3 }]);
      const replies = await Promise.all(Array.from({ length: 30 }, () => ask(emulator, "GET WhoAmI")));
      emulator.reset();
      return replies.map(({ status }) => status);
    };
    expect(await run()).toEqual(await run());
  });

  it("ends with its count", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ ...refuse, rate: 1, match: { count: 2 } }]);
    const replies = await Promise.all(Array.from({ length: 4 }, () => ask(emulator, "GET WhoAmI")));
    expect(replies.map(({ status }) => status)).toEqual([503, 503, 200, 200]);
  });

  it("changes no id that the seed gives", async () => {
    const idOf = async (faults: readonly object[]): Promise<unknown> => {
      const emulator = emulatorWith({ seed: 5 });
      emulator.faults.add(faults);
      await ask(emulator, "POST accounts", {});
      return emulator.rows("account")[0]?.["accountid"];
    };
    expect(await idOf([{ effect: "slow", ms: 1, rate: 1e-9 }])).toBe(await idOf([]));
  });
});

describe("a script with a mistake in it is refused whole", () => {
  it.each([
    [{ effect: "status" }, "Fault 1 lacks status or error."],
    [{ effect: "part_status", error: "deadlock" }, "Fault 1 lacks parts or where."],
    [{ effect: "status", error: "deadlok" }, "one of throttle_requests,"],
    [{ effect: "wrong_ids", how: "some" }, "one of too_few, too_many, reordered, foreign, none."],
    [{ effect: "slow", ms: 1, rate: 1.5 }, "a number above 0, up to 1"],
    [{ effect: "slow", ms: 1e12 }, "milliseconds up to 86400000"],
    [{ effect: "slow", ms: 1, bytes: 2 }, "unknown field bytes; known: match, effect, rate, ms, when."],
    [{ effect: "headers", headers: { a: 1 } }, "texts, lists of texts and nulls"],
    [{ effect: "gzip", match: { table: "nothing" } }, "logical name 'nothing'"],
    [{ effect: "gzip", match: { path: "(" } }, "Fault 1: Invalid regular expression"],
    [
      { effect: "part_status", status: 400, where: { contains: "x", nth: 1 } },
      "Fault 1.where has the unknown field nth",
    ],
    [{ effect: "constructor" }, "Fault 1 has no known effect; known: reset_before, lose_reply,"],
    [null, "Fault 1 must be an object."],
  ])("%j", async (fault, sentence) => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "POST /__emulator__/faults", [{ effect: "gzip" }, fault]);
    expect(reply.status).toBe(400);
    expect((JSON.parse(reply.body) as { error: string }).error).toContain(sentence);
    expect(emulator.faults.left()).toEqual([]);
  });
});
