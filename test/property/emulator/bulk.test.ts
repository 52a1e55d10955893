/** Standard tables take all of a bulk message or nothing; elastic ones take what they do not name as failed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { ask, emulatorWith, guid } from "../../unit/emulator/support.ts";

interface Target {
  readonly id: number;
  readonly partition: string;
  readonly bad: boolean;
}

/** Few ids and partitions, so that targets meet. */
const targets = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    partition: fc.constantFrom("", "dev-1", "dev-2"),
    bad: fc.constantFrom(false, false, false, true),
  }),
  { minLength: 1, maxLength: 12 },
);

const annotations = { prefer: 'odata.include-annotations="*"' };
const detailsName = "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails";

function send(emulator: Emulator, message: string, rows: readonly Target[], kind: "account" | "new_reading") {
  const Targets = rows.map(({ id, partition, bad }, index) => ({
    "@odata.type": `Microsoft.Dynamics.CRM.${kind}`,
    [`${kind}id`]: guid(id),
    ...(kind === "account" ? { name: String(index) } : { new_name: String(index) }),
    ...(kind === "account" || partition === "" ? {} : { partitionid: partition }),
    ...(bad ? { nonsense: 1 } : {}),
  }));
  return ask(emulator, `POST ${kind}s/Microsoft.Dynamics.CRM.${message}`, { Targets }, annotations);
}

function contents(emulator: Emulator, kind: "account" | "new_reading"): ReadonlyMap<string, unknown> {
  const name = kind === "account" ? "name" : "new_name";
  return new Map(
    emulator.rows(kind).map((row) => [`${String(row[`${kind}id`])} ${String(row["partitionid"] ?? "")}`, row[name]]),
  );
}

describe("a bulk message", () => {
  it("writes all of its rows to a standard table, or none", async () => {
    await fc.assert(
      fc.asyncProperty(targets, fc.constantFrom("CreateMultiple", "UpsertMultiple"), async (rows, message) => {
        const emulator = emulatorWith();
        await send(emulator, "CreateMultiple", [{ id: 1, partition: "", bad: false }], "account");
        const before = contents(emulator, "account");
        const effects = emulator.ledger.effects.length;
        const reply = await send(emulator, message, rows, "account");
        const ids = new Set(rows.map(({ id }) => id));
        const sound = rows.every(({ bad }) => !bad) && ids.size === rows.length;
        const succeeds = sound && (message === "UpsertMultiple" || !ids.has(1));
        expect(reply.status < 300).toBe(succeeds);
        expect(emulator.ledger.effects.length - effects).toBe(succeeds ? rows.length : 0);
        if (!succeeds) {
          expect(contents(emulator, "account")).toEqual(before);
        }
      }),
    );
  });

  it("writes to an elastic table just the rows that it does not name as failed", async () => {
    await fc.assert(
      fc.asyncProperty(targets, fc.constantFrom("CreateMultiple", "UpsertMultiple"), async (rows, message) => {
        const emulator = emulatorWith();
        const reply = await send(emulator, message, rows, "new_reading");
        const told =
          reply.status < 300 ? "[]" : (JSON.parse(reply.body) as { error: Record<string, string> }).error[detailsName];
        const failed = new Set((JSON.parse(told ?? "") as { RequestIndex: number }[]).map((one) => one.RequestIndex));
        const written = rows.flatMap(({ id, partition }, index): readonly [string, unknown][] =>
          failed.has(index) ? [] : [[`${guid(id)} ${partition === "" ? guid(id) : partition}`, String(index)]],
        );
        expect(contents(emulator, "new_reading")).toEqual(new Map(written));
        expect(emulator.ledger.effects.length).toBe(written.length);
        expect(reply.status < 300).toBe(failed.size === 0);
        for (const [index, { bad }] of rows.entries()) {
          expect(failed.has(index) || !bad).toBe(true);
        }
      }),
    );
  });
});
