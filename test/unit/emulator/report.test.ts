import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { ask, emulatorWith, guid } from "./support.ts";

interface Answer {
  readonly error?: string;
  readonly [word: string]: unknown;
}

async function report(emulator: Emulator, claims: unknown): Promise<Answer> {
  const reply = await ask(emulator, "POST /__emulator__/report", claims);
  return { status: reply.status, ...(JSON.parse(reply.body) as Answer) };
}

const byNumber = (rows: readonly object[]): object => ({ table: "account", key: "accountnumber", rows });
const none = { lost: 0, unexpected: 0, duplicated: 0, regressed: 0, repeated: 0 };

async function upsert(emulator: Emulator, number: string, values: object): Promise<void> {
  await ask(emulator, `PATCH accounts(accountnumber='${number}')`, values);
}

describe("a report finds nothing wrong", () => {
  it("where every acknowledged row is there, whatever the form of its values", async () => {
    const emulator = emulatorWith();
    const row = {
      new_whole: 7,
      new_exact: 1.5,
      new_at: "2024-01-01T00:00:00Z",
      new_big: 9,
      new_name: "x",
      new_flag: true,
    };
    await ask(emulator, `PATCH new_things(${guid(1)})`, row);
    const values = { ...row, new_exact: "1.500", new_at: "2024-01-01T01:00:00+01:00", new_big: "9", new_note: "" };
    const claims = { table: "new_thing", rows: [{ key: guid(1).toUpperCase(), values }] };
    expect(await report(emulator, claims)).toMatchObject({ attempted: 1, acknowledged: 1, ...none });
  });

  it("where a later claim that never heard of its end may have done it", async () => {
    const emulator = emulatorWith();
    await upsert(emulator, "A", { name: "new" });
    const rows = [
      { key: "A", values: { name: "old" } },
      { key: "A", values: { name: "new" }, outcome: "unknown" },
      { key: "B", values: { name: "gone" } },
      { key: "B", deleted: true, outcome: "unknown" },
    ];
    expect(await report(emulator, byNumber(rows))).toMatchObject({ attempted: 4, acknowledged: 2, ...none });
  });

  it("where each column has the latest value that a claim carried for it", async () => {
    const emulator = emulatorWith();
    await upsert(emulator, "A", { name: "n", fax: "1" });
    await upsert(emulator, "A", { name: "m" });
    const rows = [
      { key: "a ", values: { name: "n", fax: "1" } },
      { key: "A", values: { name: "m" } },
    ];
    expect(await report(emulator, byNumber(rows))).toMatchObject(none);
  });
});

describe("a report counts as lost", () => {
  it.each([
    ["an acknowledged row that is not there", [{ key: "B", values: {} }]],
    ["an acknowledged value that is not there", [{ key: "A", values: { name: "other" } }]],
    ["an acknowledged deletion whose row is there", [{ key: "A", deleted: true }]],
  ])("%s", async (_what, rows) => {
    const emulator = emulatorWith();
    await upsert(emulator, "A", { name: "x" });
    const since = emulator.counts().effects;
    expect(await report(emulator, { ...byNumber(rows), since })).toMatchObject({ ...none, lost: 1 });
  });

  it("with up to twenty examples", async () => {
    const rows = Array.from({ length: 30 }, (_unused, index) => ({ key: String(index), values: {} }));
    const { lost, examples } = await report(emulatorWith(), byNumber(rows));
    const { lost: shown } = examples as { readonly lost: readonly unknown[] };
    expect([lost, shown.length, shown[0]]).toEqual([30, 20, { key: ["0"], what: "was acknowledged and is not there" }]);
  });

  it("nothing that was told to have failed, or never heard of", async () => {
    const rows = [
      { key: "A", outcome: "failed" },
      { key: "B", outcome: "unknown" },
    ];
    expect(await report(emulatorWith(), byNumber(rows))).toMatchObject({ attempted: 2, acknowledged: 0, ...none });
  });
});

describe("a report counts as unexpected", () => {
  it("a row that was never attempted, unless it was there before", async () => {
    const emulator = emulatorWith();
    await upsert(emulator, "A", {});
    const since = emulator.counts().effects;
    await upsert(emulator, "B", {});
    expect(await report(emulator, { ...byNumber([]), since })).toMatchObject({ ...none, unexpected: 1 });
    expect(await report(emulator, byNumber([]))).toMatchObject({ ...none, unexpected: 2 });
  });

  it("a row, or a value, that was told to have failed", async () => {
    const emulator = emulatorWith();
    await upsert(emulator, "A", { name: "x" });
    await upsert(emulator, "B", { name: "y" });
    const rows = [
      { key: "A", values: { name: "x" }, outcome: "failed" },
      { key: "B", values: { name: "x" } },
      { key: "B", values: { name: "y" }, outcome: "failed" },
    ];
    expect(await report(emulator, byNumber(rows))).toMatchObject({ ...none, unexpected: 2 });
  });
});

describe("a report counts as duplicated", () => {
  it("each further row with the same key", async () => {
    const emulator = emulatorWith();
    for (const fax of ["1", "1", "1", "2"]) {
      await ask(emulator, "POST accounts", { fax });
    }
    const claims = { table: "account", key: ["fax"], rows: [{ key: "1" }, { key: ["2"] }] };
    expect(await report(emulator, claims)).toMatchObject({ ...none, duplicated: 2 });
  });
});

describe("a report counts as regressed", () => {
  const rows = [
    { key: "A", values: { name: "old" } },
    { key: "A", values: { name: "new" } },
  ];

  it("an older value in the place of a later acknowledged one", async () => {
    const emulator = emulatorWith({ keepValues: false });
    await upsert(emulator, "A", { name: "old" });
    expect(await report(emulator, byNumber(rows))).toMatchObject({ ...none, regressed: 1 });
  });

  it("an older value that took effect after a newer one, though it was put right since", async () => {
    const emulator = emulatorWith();
    for (const name of ["old", "new", "old", "new"]) {
      await upsert(emulator, "A", { name });
    }
    expect(await report(emulator, byNumber(rows))).toMatchObject({ ...none, regressed: 1 });
  });

  it("not the same value sent by two claims", async () => {
    const emulator = emulatorWith();
    for (const name of ["old", "new", "old"]) {
      await upsert(emulator, "A", { name });
    }
    const claims = byNumber([...rows, { key: "A", values: { name: "old" } }]);
    expect(await report(emulator, claims)).toMatchObject(none);
  });
});

describe("a report counts as repeated", () => {
  it("effects that carried the same values again", async () => {
    const emulator = emulatorWith();
    for (const number of ["A", "A", "A", "B"]) {
      await upsert(emulator, number, { name: "x" });
    }
    const claims = byNumber([{ key: "A", values: { name: "x" } }, { key: "B" }]);
    expect(await report(emulator, claims)).toMatchObject({ ...none, repeated: 2 });
  });
});

describe("claims", () => {
  it("come as JSON lines too", async () => {
    const emulator = emulatorWith();
    await upsert(emulator, "A", { name: "x" });
    const lines = [
      '{"table":"account","key":["accountnumber"]}',
      '{"key":["A"],"values":{"name":"x"}}',
      '{"key":"B"}',
      "",
    ];
    expect(await report(emulator, lines.join("\n"))).toMatchObject({ attempted: 2, ...none, lost: 1 });
  });

  it.each([
    ["[]", 400, "The report must be an object."],
    ['{"table":"nothing","rows":[]}', 404, "logical name 'nothing'"],
    ['{"rows":[]}', 400, "lacks table"],
    ['{"table":"account","key":"nothing","rows":[]}', 400, "has no column nothing"],
    ['{"table":"account","rows":[{"key":["a","b"]}]}', 400, "Row 0.key must have 1 value."],
    [
      '{"table":"account","rows":[{"key":1,"value":{}}]}',
      400,
      "unknown field value; known: key, values, deleted, outcome.",
    ],
    ['{"table":"account","rows":[{"key":1,"values":{"x":1}}]}', 400, "has no column x"],
    ['{"table":"account","rows":[{"key":1,"outcome":"lost"}]}', 400, "one of acknowledged, failed, unknown"],
    ['{"table":"account","rows":{}}', 400, "rows must be a list"],
    ['{"table":"account","since":-1,"rows":[]}', 400, "since must be"],
    ['{"table":"account"}\n{"key":1}\n{', 400, "Line 3 is no JSON."],
    ["", 400, "Line 1 is no JSON."],
  ])("are refused with a sentence: %s", async (text, status, sentence) => {
    const answer = await report(emulatorWith(), text);
    expect(answer["status"]).toBe(status);
    expect(answer.error).toContain(sentence);
  });
});
