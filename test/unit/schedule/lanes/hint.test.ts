import { describe, expect, it } from "vitest";
import { hintOf } from "../../../../server/schedule/lanes/hint.ts";

describe("the hint of a reply", () => {
  it.each([
    ["4", 4],
    ["1", 1],
    ["64", 8],
    [undefined, undefined],
    ["", undefined],
    ["0", undefined],
    ["-4", undefined],
    ["2.5", undefined],
    ["many", undefined],
    ["4, 4", undefined],
  ])("of %o says where to start: %o", (header, lanes) => {
    expect(hintOf({ headers: { "x-ms-dop-hint": header } })).toBe(lanes);
  });
});
