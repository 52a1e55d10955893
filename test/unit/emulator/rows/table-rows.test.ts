import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row } from "../../../emulator/rows/row.ts";
import { TableRows } from "../../../emulator/rows/table-rows.ts";
import type { Stored } from "../../../emulator/rows/values.ts";
import type { Column, Table } from "../../../emulator/schema/types.ts";
import { guid, tables } from "../support.ts";

function tableNamed(name: string): Table {
  const table = tables.find((candidate) => candidate.name === name);
  if (table === undefined) {
    throw new Error(name);
  }
  return table;
}

function columnOf(table: Table, name: string): Column {
  const column = table.byName.get(name);
  if (column === undefined) {
    throw new Error(name);
  }
  return column;
}

const account = tableNamed("account");
const thing = tableNamed("new_thing");
const [numberKey] = account.keys;
const lookup = columnOf(thing, "new_account");

function row(table: Table, id: string, given: Readonly<Record<string, Stored>> = {}): Row {
  const values = new Array<Stored>(table.columns.length).fill(null);
  for (const [name, value] of Object.entries(given)) {
    values[columnOf(table, name).ordinal] = value;
  }
  return { id, values, version: 1001, lastHash: "" };
}

const storedValues = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 600 }),
  fc.constant("x".repeat(400_000)),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uuid(),
  fc.record({ table: fc.constantFrom("account", "contact"), id: fc.uuid() }),
  fc.constant(null),
);

/** More rows than are kept unpacked. */
const many = 3000;

describe("rows", () => {
  it("come back as they were put, whatever their values", () => {
    fc.assert(
      fc.property(fc.array(storedValues, { maxLength: 40 }), fc.nat(), (values, version) => {
        const rows = new TableRows(thing);
        const one: Row = { id: guid(1), values, version, lastHash: "0123456789abcdef" };
        rows.put(one);
        for (let other = 2; other < 1100; other += 1) {
          rows.put(row(thing, guid(other)));
        }
        expect(rows.get(guid(1))).toEqual(one);
      }),
      { numRuns: 40 },
    );
  });

  it("do what a map of rows does", () => {
    const steps = fc.array(fc.record({ kind: fc.constantFrom("put", "remove"), id: fc.nat(30), name: fc.string() }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const rows = new TableRows(account);
        const model = new Map<string, Row>();
        for (const { kind, id, name } of all) {
          if (kind === "put") {
            const next = row(account, guid(id), { name, accountnumber: `${id}` });
            rows.put(next);
            model.set(guid(id), next);
          } else {
            rows.remove(guid(id));
            model.delete(guid(id));
          }
          expect(rows.size).toBe(model.size);
        }
        const ids = [...model.keys()].sort();
        expect(rows.ids()).toEqual(ids);
        expect([...rows.after(undefined)]).toEqual(ids.map((id) => model.get(id)));
        for (let id = 0; id <= 30; id += 1) {
          const found = numberKey === undefined ? undefined : rows.find(numberKey, [`${id}`]);
          expect(found).toEqual(model.get(guid(id)));
        }
      }),
    );
  });

  it("are found by id, by key and by what they point to among many", () => {
    const rows = new TableRows(thing);
    const [key] = thing.keys;
    for (let id = 0; id < many; id += 1) {
      const target = { table: "account", id: guid(id % 7) };
      rows.put(row(thing, guid(id), { new_number: id, new_account: target }));
    }
    expect(rows.get(guid(1234))?.values[columnOf(thing, "new_number").ordinal]).toBe(1234);
    expect(key === undefined ? undefined : rows.find(key, [2345])?.id).toBe(guid(2345));
    expect(rows.referencing(lookup, guid(3)).map(({ id }) => id)).toEqual(
      Array.from({ length: many }, (_, id) => id).flatMap((id) => (id % 7 === 3 ? [guid(id)] : [])),
    );
  });

  it("that point elsewhere from now on are no longer found by what they pointed to", () => {
    const rows = new TableRows(thing);
    const pointing = (id: number, target: number): Row =>
      row(thing, guid(id), { new_account: { table: "account", id: guid(target) } });
    for (const id of [1, 2, 3]) {
      rows.put(pointing(id, 9));
    }
    expect(rows.referencing(lookup, guid(9))).toHaveLength(3);
    rows.put(pointing(2, 8));
    rows.remove(guid(1));
    expect(rows.referencing(lookup, guid(9)).map(({ id }) => id)).toEqual([guid(3)]);
    expect(rows.referencing(lookup, guid(8)).map(({ id }) => id)).toEqual([guid(2)]);
  });

  it("are read from a place on, in the order of the primary key", () => {
    const rows = new TableRows(account);
    for (const id of [5, 1, 4, 2]) {
      rows.put(row(account, guid(id)));
    }
    expect(rows.ids()).toEqual([1, 2, 4, 5].map(guid));
    rows.put(row(account, guid(3)));
    expect([...rows.after(guid(2))].map(({ id }) => id)).toEqual([3, 4, 5].map(guid));
  });

  it("with the same id in other partitions are other rows", () => {
    const rows = new TableRows(account);
    for (const tail of ["", ",a", ",b"]) {
      rows.put(row(account, guid(1) + tail, { name: tail }));
    }
    rows.remove(`${guid(1)},a`);
    expect(rows.get(`${guid(1)},a`)).toBeUndefined();
    expect([rows.get(guid(1))?.id, rows.get(`${guid(1)},b`)?.id]).toEqual([guid(1), `${guid(1)},b`]);
  });

  it("stay when their table changes, unless they violate its new key", () => {
    const rows = new TableRows({ ...account, keys: [] });
    rows.put(row(account, guid(1), { accountnumber: "A " }));
    expect(new TableRows(account, rows).size).toBe(1);
    rows.put(row(account, guid(2), { accountnumber: "a" }));
    expect(() => new TableRows(account, rows)).toThrow("violated");
  });
});
