/** Against the emulator: any key finds the rows that the service holds to be equal to it, and no other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KeyAttribute, KeyTexts } from "../../../server/dataverse/keys/find-key.ts";
import { Finder } from "../../../server/publish/preparing/finder.ts";
import { createEmulator } from "../../emulator/emulator.ts";
import { isReset } from "../../emulator/wire/http.ts";
import { ScriptedLane } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

type Emulator = ReturnType<typeof createEmulator>;

const root = "/api/data/v9.2/";
const table = { entitySetName: "accounts", primaryId: "accountid" };
const number: KeyAttribute = { logicalName: "accountnumber", kind: "text" };
const employees: KeyAttribute = { logicalName: "numberofemployees", kind: "integer" };

/** What trips literals, URLs, JSON, multipart bodies and wildcards, in all mixtures; and any character. */
const awkward = fc.array(
  fc.constantFrom(
    ...Array.from(`'"\\/<>*%&:?+#;=@,$[](){}_^~ \t-.`),
    "\r\n--dataverse-flight",
    "''",
    "%27",
    "é",
    "É",
    "ß",
    "中",
    "😀",
    "a",
    "A",
  ),
  { minLength: 1, maxLength: 8 },
);
const legal = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .filter((text) => !/[\p{Cc}\ufffe\uffff]/u.test(text));
const key = fc
  .oneof(
    awkward.map((parts) => parts.join("")),
    legal,
  )
  .filter((text) => text.trim() !== "" && text.length <= 20);

async function create(emulator: Emulator, row: Readonly<Record<string, unknown>>): Promise<void> {
  const reply = await emulator.handle({
    method: "POST",
    url: `${root}accounts`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(row),
  });
  if (isReset(reply) || reply.status !== 204) throw new Error(`the row was refused: ${JSON.stringify(reply)}`);
}

async function find(
  emulator: Emulator,
  by: readonly KeyAttribute[],
  keys: readonly KeyTexts[],
): Promise<readonly (readonly unknown[])[]> {
  const clock = new VirtualClock();
  const lane = new ScriptedLane(clock, async ({ method, path, headers, body }) => {
    const reply = await emulator.handle({
      method,
      url: root + path,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      body: Buffer.from(body ?? []),
    });
    if (isReset(reply)) return new Error("reset");
    const names = Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
    return { status: reply.status, headers: Object.fromEntries(names), body: Buffer.from(reply.body) };
  });
  const signal = new AbortController().signal;
  const finder = new Finder({ clock, signal, patience: "short", learn: () => undefined });
  const rows = await clock.run(finder.find({ table, by, select: ["name"] }, keys, lane));
  return rows.map((found) => found.map((row) => row["name"]));
}

/** Equal as Dataverse has it, for the characters above. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase().replace(/ +$/, "");

describe("a key looked for", () => {
  it("finds its own row and no other, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12, selector: folded }), async (keys) => {
        const emulator = createEmulator({ auth: false });
        const [absent, ...there] = keys;
        for (const text of there) await create(emulator, { accountnumber: text, name: folded(text) });
        const found = await find(
          emulator,
          [number],
          [...keys.map((text) => [text]), ...keys.map((text) => [`${text} `])],
        );
        const expected = keys.map((text) => (text === absent ? [] : [folded(text)]));
        expect(found).toEqual([...expected, ...expected]);
      }),
      { numRuns: 60 },
    );
  });

  it("finds its own row by several attributes", async () => {
    const pair = fc.tuple(key, fc.integer({ min: 0, max: 3 }));
    const selector = ([text, count]: readonly [string, number]): string => `${folded(text)}\0${count}`;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(pair, { maxLength: 12, selector }), async (pairs) => {
        const emulator = createEmulator({ auth: false });
        for (const [text, count] of pairs.slice(1)) {
          await create(emulator, { accountnumber: text, numberofemployees: count, name: `${folded(text)} ${count}` });
        }
        const found = await find(
          emulator,
          [number, employees],
          pairs.map(([text, count]) => [text, String(count)]),
        );
        expect(found).toEqual(pairs.map(([text, count], i) => (i === 0 ? [] : [`${folded(text)} ${count}`])));
      }),
      { numRuns: 40 },
    );
  });

  it("is ambiguous where two rows have it", async () => {
    const emulator = createEmulator({ auth: false });
    for (const text of ["a/1", "A/1 ", "b"]) await create(emulator, { accountnumber: text, name: text });
    const found = await find(emulator, [number], [["a/1"], ["B"], ["c"]]);
    expect(found.map((rows) => rows.length)).toEqual([2, 1, 0]);
  });
});
