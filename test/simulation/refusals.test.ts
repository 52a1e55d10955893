/** A value that its attribute cannot hold fails its row alone, and the failure names column and limit, never the value. */
import { describe, expect, it } from "vitest";
import type { RowOutcome } from "../../server/core/outcome.ts";
import { recordBatch, schemaOf, text } from "../support/columns.ts";
import { hours } from "./client.ts";
import { typedColumns } from "./matrix-columns.ts";
import { keyKinds } from "./matrix-keys.ts";
import { matrixWorld, requestOf } from "./matrix-world.ts";

const byCode = keyKinds.find(({ matchOn }) => matchOn[0] === "x_code");
const cases = typedColumns.flatMap((column) => (column.bad === undefined ? [] : [{ ...column, bad: column.bad }]));

describe("a value that the attribute cannot hold", () => {
  it.each(cases)("fails its row, and is not told: $target", async (column) => {
    const { target, bad } = column;
    const world = await matrixWorld({ mode: "UPSERT", key: undefined, strategy: "AUTO" });
    const batch = recordBatch(text("x_code", ["a"]), ...bad.of());
    const settledRows: RowOutcome[] = [];
    const work = async (): Promise<void> => {
      const asked = requestOf({ mode: "UPSERT", key: byCode, strategy: "AUTO", columns: [column] });
      const request = { ...asked, columns: asked.columns.filter((one) => one.target !== "x_name") };
      const publication = await world.publisher.open(request, schemaOf(batch), (_, settled) => {
        settledRows.push(...settled.map(({ outcome }) => outcome));
        return Promise.resolve();
      });
      await publication.accept(batch);
      await publication.end();
    };
    await world.clock.run(work(), hours);
    expect(settledRows.map(({ failure }) => [failure?.code, failure?.column])).toEqual([
      ["value_not_mappable", target],
    ]);
    const message = settledRows[0]?.failure?.message ?? "";
    expect(message).toMatch(bad.says);
    expect(message).not.toContain(bad.value);
    expect(world.wire.calls).toBe(0);
  });
});
