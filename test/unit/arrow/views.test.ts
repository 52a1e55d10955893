import { describe, expect, it } from "vitest";
import { Allowance } from "../../../server/arrow/limits.ts";
import { flattenViews } from "../../../server/arrow/views.ts";
import { column } from "../../support/columns.ts";
import { codeOf } from "../../support/messages.ts";

interface View {
  readonly length: number;
  readonly buffer?: number;
  readonly offset?: number;
}

const buffer = new TextEncoder().encode("0123456789abcdefghij");

function flatten(views: readonly (View | null)[], max = 1000): ReturnType<typeof flattenViews> {
  const bytes = new Uint8Array(16 * views.length).fill(0x7a);
  const writer = new DataView(bytes.buffer);
  for (const [row, view] of views.entries()) {
    writer.setInt32(16 * row, view?.length ?? -1, true);
    if (view?.buffer === undefined) continue;
    writer.setInt32(16 * row + 8, view.buffer, true);
    writer.setInt32(16 * row + 12, view.offset ?? 0, true);
  }
  const views32 = column("v", { kind: "utf8", large: false }, views, { values: bytes });
  return flattenViews(views32, [buffer], new Allowance(max, "bytes"));
}

describe("views", () => {
  it("give inline values and those in a buffer, and nothing for nulls whatever lies beneath", () => {
    const { values, offsets } = flatten([{ length: 2 }, null, { length: 13, buffer: 0, offset: 7 }, { length: 12 }]);
    expect(new TextDecoder().decode(values)).toBe("zz789abcdefghijzzzzzzzzzzzz");
    expect([...offsets]).toEqual([0, 2, 2, 15, 27]);
  });

  it.each<[string, View]>([
    ["in a buffer that does not exist", { length: 13, buffer: 1 }],
    ["in a buffer below 0", { length: 13, buffer: -1 }],
    ["before its buffer", { length: 13, buffer: 0, offset: -1 }],
    ["past its buffer", { length: 13, buffer: 0, offset: 8 }],
    ["of a negative length", { length: -1 }],
  ])("%s are refused", (_, view) => {
    expect(codeOf(() => flatten([view]))).toBe("malformed_arrow");
  });

  it("that name the same bytes again and again are refused before they are written out", () => {
    const view = { length: 20, buffer: 0, offset: 0 };
    expect(codeOf(() => flatten(Array.from({ length: 50 }, () => view)))).toBe("limit_exceeded");
  });
});
