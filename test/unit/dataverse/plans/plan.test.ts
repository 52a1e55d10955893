import { describe, expect, it } from "vitest";
import type { Guid } from "../../../../server/core/guid.ts";
import type { LaterStep } from "../../../../server/dataverse/plans/plan.ts";
import { PlanEncoder } from "../../../../server/dataverse/plans/plan.ts";
import type { RowEncoder } from "../../../../server/dataverse/rows/row-encoder.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch, text } from "../../../support/columns.ts";

class Named implements RowEncoder {
  readonly #name: string;
  bound = 0;

  constructor(name: string) {
    this.#name = name;
  }

  bind(): void {
    this.bound += 1;
  }

  foldedKey(): number {
    return 7;
  }

  stepAfter(): undefined {
    return undefined;
  }

  encode(row: number, _step: number, _id: Guid | undefined, out: Bytes): undefined {
    out.ascii(`${this.#name}${row}`);
  }
}

const batch = recordBatch(text("a", ["x", "y"]));

function later(name: string, due: (row: number, after: number) => boolean, file?: LaterStep["file"]): LaterStep {
  return { encoder: new Named(name), due: () => due, ...(file === undefined ? {} : { file }) };
}

describe("PlanEncoder", () => {
  const encoder = new PlanEncoder(new Named("first"), [
    later("second", (row) => row === 0),
    later(
      "third",
      (_row, after) => after !== 1,
      () => (row) => ({ name: `file ${row}`, bytes: undefined }),
    ),
  ]);
  encoder.bind(batch);

  it("goes to the next step that has something to do after the one before", () => {
    expect([encoder.stepAfter(0, 0), encoder.stepAfter(1, 0)]).toEqual([1, 2]);
    expect([encoder.stepAfter(0, 1), encoder.stepAfter(0, 2)]).toEqual([undefined, undefined]);
  });

  it("encodes each step by its own encoder, under the key of the first", () => {
    const out = new Bytes(64);
    for (const step of [0, 1, 2]) encoder.encode(1, step, undefined, out);
    expect(out.view(0, out.length).toString()).toBe("first1second1third1");
    expect(encoder.foldedKey(0, undefined)).toBe(7);
    expect(() => encoder.encode(0, 3, undefined, out)).toThrow("no step 3");
  });

  it("has a file for the step of one, and for no other", () => {
    expect([0, 1, 2].map((step) => encoder.file(1, step)?.name)).toEqual([undefined, undefined, "file 1"]);
  });
});
