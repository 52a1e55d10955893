import { describe, expect, it } from "vitest";
import { HeaderLines, readHeaders } from "../../../../server/dataverse/wire/header-lines.ts";

const block = "OData-Version: 4.0\r\nodata-ENTITYID: rows(1)\r\n\r\n";

function scanned(text: string, start = 0): HeaderLines {
  const lines = new HeaderLines(Buffer.from(text, "latin1"));
  lines.scan(start);
  return lines;
}

describe("a block of header lines", () => {
  it("ends after its blank line", () => {
    expect(scanned(`${block}body`)).toMatchObject({ start: 0, end: block.length, tellsLength: false });
  });

  it("knows where the entity's id ends, whatever the case of its name", () => {
    expect(scanned(block).entityIdEnd).toBe(block.length - 4);
  });

  it("knows where its values are", () => {
    const [first, firstEnd, second, secondEnd] = scanned(block).values;
    expect([block.slice(first, firstEnd), block.slice(second, secondEnd)]).toEqual([" 4.0", " rows(1)"]);
  });

  it("forgets the block before", () => {
    const length = "Content-Length: 1\r\nOData-EntityId: rows(1)\r\n\r\n";
    const lines = scanned(`${length}X: 1\r\n\r\n`);
    lines.scan(length.length);
    expect(lines).toMatchObject({ tellsLength: false, entityIdEnd: 0, values: [length.length + 2, length.length + 4] });
  });

  it("moves with its lines", () => {
    const lines = scanned(block);
    lines.move(100);
    expect(lines).toMatchObject({ start: 100, end: block.length + 100, entityIdEnd: block.length + 96 });
  });

  it("moves without an entity's id", () => {
    const lines = scanned("X: 1\r\n\r\n");
    lines.move(100);
    expect(lines.entityIdEnd).toBe(0);
  });

  it.each([
    ["a name with a blank", "X Y: 1\r\n\r\n"],
    ["no name", ": 1\r\n\r\n"],
    ["no colon", "X\r\n\r\n"],
    ["a control character", "X: \x01\r\n\r\n"],
    ["a bare line feed", "X: 1\n\r\n"],
    ["no blank line", "X: 1\r\n"],
    ["a blank line that is cut", "X: 1\r\n\r"],
  ])("with %s is not believed", (_name, text) => {
    expect(() => scanned(text)).toThrow(expect.objectContaining({ code: "outcome_unknown" }));
  });

  it("is bounded", () => {
    expect(() => scanned(`X: ${"y".repeat(32_768)}\r\n\r\n`)).toThrow("a block of headers is too long");
  });

  it("becomes texts by lower-case names", () => {
    expect(readHeaders(Buffer.from(block), 0, block.length)).toEqual({
      "odata-version": "4.0",
      "odata-entityid": "rows(1)",
    });
  });
});
