import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { freshRunId, Identity, runSuffix } from "../../../../server/publish/identity/identity.ts";
import { bool, date32, int32, recordBatch, text } from "../../../support/columns.ts";
import golden from "../../../support/golden/identity.json" with { type: "json" };
import { cell } from "../../../support/golden-cell.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const runV7 = "018f2a54-9c3e-7abc-8def-0123456789ab";

interface Scope {
  readonly runId?: string;
  readonly table?: string;
}

/** The id of the first row, all of whose columns are its key. */
function idOf(columns: readonly Column[], { runId = runV7, table = "account" }: Scope = {}): string | undefined {
  const identity = new Identity({ runId, table, keyColumns: columns.map((_, index) => index) });
  identity.bind(recordBatch(...columns));
  return identity.mint(0)?.toString();
}

function idsByContent(columns: readonly Column[], partition: number): readonly (string | undefined)[] {
  const batch = recordBatch(...columns);
  const keyColumns = columns.map((_, index) => index);
  const identity = new Identity({ runId: runV7, table: "account", keyColumns, byContent: { partition } });
  identity.bind(batch);
  return Array.from({ length: batch.rows }, (_, row) => identity.mint(row)?.toString());
}

describe("the golden vectors of identity", () => {
  it.each(golden.rows)("gives $name the id it always had", ({ runId, table, id, carriers }) => {
    for (const cells of carriers) {
      expect(
        idOf(
          cells.map(([kind, value = null]) => cell(String(kind), value)),
          { runId, table },
        ),
      ).toBe(id);
    }
  });

  it.each(golden.byContent)("gives equal rows of partition $partition the ids they always had", (vector) => {
    expect(idsByContent([text("name", vector.names)], vector.partition)).toEqual(vector.ids);
  });

  it("holds a different id for every row", () => {
    const ids = [...golden.rows.map(({ id }) => id), ...golden.byContent.flatMap(({ ids }) => ids)];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("Identity", () => {
  it("mints UUIDs of version 8 and the RFC's variant", () => {
    for (let i = 0; i < 500; i++) {
      expect(idOf([int32("k", [i])])).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it("ends in the timestamp of a run named by a UUIDv7, in capitals too", () => {
    expect(idOf([int32("k", [1])])?.slice(-12)).toBe("018f2a549c3e");
    expect(runSuffix(runV7.toUpperCase())).toBe("018f2a549c3e");
  });

  it("ends in a hash of any other run's name", () => {
    const names = ["nightly", "nightly ", "018f2a54-9c3e-4abc-8def-0123456789ab", `x${runV7}`, `${runV7}x`];
    const suffixes = names.map(runSuffix);
    for (const suffix of suffixes) expect(suffix).toMatch(/^[0-9a-f]{12}$/);
    expect(new Set([...suffixes, "018f2a549c3e"]).size).toBe(names.length + 1);
    expect(idOf([int32("k", [1])], { runId: "nightly" })?.slice(-12)).toBe(runSuffix("nightly"));
  });

  it("pads a suffix whose hash begins with zeros", () => {
    const suffixes = Array.from({ length: 300 }, (_, i) => runSuffix(`run ${i}`));
    expect(suffixes.some((suffix) => suffix.startsWith("0"))).toBe(true);
    expect(new Set(suffixes.map((suffix) => suffix.length))).toEqual(new Set([12]));
  });

  it("depends on run, table and key, and on where one ends and the other begins", () => {
    const key = [text("k", ["x"])];
    const ids = [
      idOf(key),
      idOf(key, { runId: "other" }),
      idOf(key, { table: "contact" }),
      idOf([text("k", ["y"])]),
      idOf(key, { runId: "a", table: "bc" }),
      idOf(key, { runId: "ab", table: "c" }),
      idOf([text("k", ["ab"]), text("l", ["c"])]),
      idOf([text("k", ["a"]), text("l", ["bc"])]),
      idOf([text("k", [""])]),
      idOf([text("k", [null])]),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("looks at the key columns alone, in their order", () => {
    const mint = (keyColumns: readonly number[], note: string): string | undefined => {
      const identity = new Identity({ runId: runV7, table: "account", keyColumns });
      identity.bind(recordBatch(int32("a", [1]), text("note", [note]), int32("b", [2])));
      return identity.mint(0)?.toString();
    };
    expect(mint([0, 2], "x")).toBe(mint([0, 2], "y"));
    expect(mint([0, 2], "x")).not.toBe(mint([2, 0], "x"));
  });

  it("gives a row the same id in whatever batch, place and order it comes", () => {
    const identity = new Identity({ runId: runV7, table: "account", keyColumns: [0] });
    identity.bind(recordBatch(text("k", ["a", "a long one that moves the buffer about".repeat(20), "c"])));
    const [a, , c] = [identity.mint(0), identity.mint(1), identity.mint(2)];
    identity.bind(recordBatch(text("k", ["c", "a"])));
    expect([identity.mint(1), identity.mint(0)]).toEqual([a, c]);
  });

  it("tells equal rows apart by occurrence and partition, the same in each rerun", () => {
    const rows = [text("name", ["x", "y", "x", "x"]), bool("b", [true, true, true, true]), date32("d", [1, 1, 1, 1])];
    const first = idsByContent(rows, 3);
    expect(new Set(first).size).toBe(4);
    expect(idsByContent(rows, 3)).toEqual(first);
    expect(new Set([...first, ...idsByContent(rows, 4)]).size).toBe(8);
  });

  it("counts occurrences over record batches", () => {
    const identity = new Identity({ runId: runV7, table: "account", keyColumns: [0], byContent: { partition: 3 } });
    const ids = [0, 1].map(() => {
      identity.bind(recordBatch(text("name", ["x"])));
      return identity.mint(0)?.toString();
    });
    expect(ids).toEqual(idsByContent([text("name", ["x", "x"])], 3));
  });
});

describe("freshRunId", () => {
  it("is a UUIDv7 of the clock's time, so that the run's rows lie together", () => {
    const id = freshRunId(new VirtualClock({ wall: 0x018f2a549c3e }));
    expect(id).toMatch(/^018f2a54-9c3e-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(runSuffix(id)).toBe("018f2a549c3e");
  });

  it("is another each time", () => {
    const clock = new VirtualClock();
    expect(new Set(Array.from({ length: 200 }, () => freshRunId(clock))).size).toBe(200);
  });
});
