import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { binary } from "../../../support/columns.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, encodeRow, jsonValue, tableOf } from "../../../support/dataverse/tables.ts";

const picture = attribute("x", "image", { maxSizeKb: 1 });
const bytes = (...rows: readonly Uint8Array[]): Column => binary("x", rows);
const base64 = (text: string): Column => columnOf("x", utf8, [text]);

/** A bitmap, as far as its first bytes tell. */
function bitmap(size: number): Buffer {
  const image = Buffer.alloc(size, 0xfb);
  image.write("BM");
  return image;
}

describe("images", () => {
  it.each([2, 3, 4, 1_000, 1_024])("of %i bytes are sent as base64", (size) => {
    const image = bitmap(size);
    const sent = jsonValue(bytes(Buffer.from("before"), image), picture, {}, 1);
    expect(sent).toBe(`"${image.toString("base64")}"`);
    expect(jsonValue(base64(image.toString("base64")), picture)).toBe(sent);
  });

  it("larger than the attribute takes are refused", () => {
    const image = bitmap(1_025);
    const flaw = "The value for x is an image larger than its maximum of 1 KiB.";
    expect(jsonValue(bytes(image), picture)).toBe(flaw);
    expect(jsonValue(base64(image.toString("base64")), picture)).toBe(flaw);
  });

  it.each(["474946383961", "ffd8ffe0", "49492a00", "4d4d002a", "49492b00", "424d", "89504e470d0a1a0a"])(
    "are known by their first bytes: %s",
    (hex) => {
      const image = Buffer.from(hex, "hex");
      const sent = `"${image.toString("base64")}"`;
      expect([jsonValue(bytes(image), picture), jsonValue(base64(image.toString("base64")), picture)]).toEqual([
        sent,
        sent,
      ]);
    },
  );

  it.each(["00", "474946", "255044462d", "3c737667"])("of another form are refused: %s", (hex) => {
    const other = Buffer.from(hex, "hex");
    const flaw = "The value for x is bytes that are no gif, jpg, tif, bmp or png image, all that the service takes.";
    expect([jsonValue(bytes(other), picture), jsonValue(base64(other.toString("base64")), picture)]).toEqual([
      flaw,
      flaw,
    ]);
  });

  it("are not known by the first bytes of the next row", () => {
    const rows = columnOf("x", utf8, ["R0lG", "ODlh"]);
    expect(jsonValue(rows, picture)).toContain("bytes that are no gif");
  });

  it("of no byte are refused", () => {
    const flaw = "The value for x is an empty image; a null clears it.";
    expect([jsonValue(bytes(Buffer.alloc(0)), picture), jsonValue(base64(""), picture)]).toEqual([flaw, flaw]);
  });

  it.each(["R0lGODl", "R0lG\nODlh", "R0l_ODlh", "R=lGODlh", "R0lGO===", "===="])(
    "in text that is no base64 are refused: %j",
    (text) => {
      expect(jsonValue(base64(text), picture)).toContain("text that is no base64");
    },
  );

  it("larger than a row may be make the row too large, whatever the attribute takes", () => {
    const large = bitmap(3_200_000);
    const table = tableOf([attribute("x", "image")]);
    for (const column of [bytes(large), base64(large.toString("base64"))]) {
      expect(encodeRow({ columns: [column], table })).toMatchObject({ code: "row_too_large" });
    }
  });
});
