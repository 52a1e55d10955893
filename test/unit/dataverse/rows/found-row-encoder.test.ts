import { describe, expect, it } from "vitest";
import { FoundRowEncoder } from "../../../../server/dataverse/rows/found-row-encoder.ts";
import type { RowEncoder } from "../../../../server/dataverse/rows/row-encoder.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch, text } from "../../../support/columns.ts";

/** Writes its name. */
function named(name: string): RowEncoder {
  return {
    bind: () => undefined,
    foldedKey: () => 7,
    stepAfter: (_row, step) => (name === "absent" ? step + 1 : undefined),
    encode: (_row, _step, _id, out) => {
      out.ascii(name);
      return undefined;
    },
  };
}

const batch = recordBatch(text("code", ["a", "b", "c"]));
const missing = { code: "row_missing", message: "", retryable: false } as const;

function bound(byKey: RowEncoder | undefined): FoundRowEncoder {
  const encoder = new FoundRowEncoder({ byKey, existing: named("existing"), absent: named("absent") });
  encoder.bind(batch, { references: new Map(), ids: [undefined, "id", "id"], absent: new Set([2]) });
  return encoder;
}

describe("an encoder of rows that were looked for", () => {
  it("goes by what is known of each row", () => {
    const encoder = bound(named("by key,"));
    const out = new Bytes(16);
    for (const row of [0, 1, 2]) encoder.encode(row, 0, undefined, out);
    expect(out.view(0, out.length).toString()).toBe("by key,existingabsent");
    expect([encoder.stepAfter(1, 0), encoder.stepAfter(2, 0)]).toEqual([undefined, 1]);
    expect(encoder.foldedKey(0, undefined)).toBe(7);
  });

  it("leaves nothing of a row that was not found", () => {
    const encoder = bound(undefined);
    encoder.bind(batch, { references: new Map(), ids: [missing] });
    const out = new Bytes(16);
    expect(encoder.encode(0, 0, undefined, out)).toBe(missing);
    expect(out.length).toBe(0);
  });
});
