import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { Flaw, KeyPart } from "../../../../server/dataverse/keys/address.ts";
import { bindAddress, bindBareKey, bindFolded } from "../../../../server/dataverse/keys/address.ts";
import type { Attribute } from "../../../../server/dataverse/metadata/attributes.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { chooseCodec } from "../../../../server/dataverse/values/codecs.ts";
import { recordBatch } from "../../../support/columns.ts";
import { columnOf, date32, decimal, int, timestamp, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, ID } from "../../../support/dataverse/tables.ts";

function parts(columns: readonly Column[], attributes: readonly Attribute[]): readonly KeyPart[] {
  return columns.map((column, source) => {
    const target = attributes[source] ?? attribute("?", "other");
    const codec = chooseCodec(column.field, target, { excess: "REFUSE", naive: undefined });
    if (typeof codec === "string") throw new Error(codec);
    return { attribute: target, source, codec };
  });
}

function address(columns: readonly Column[], attributes: readonly Attribute[], primary = false): string | Flaw {
  const out = new Bytes(1);
  const flaw = bindAddress(parts(columns, attributes), primary, recordBatch(...columns))(0, out);
  return flaw ?? out.view(0, out.length).toString("latin1");
}

function folded(column: Column, target: Attribute): string {
  const out = new Bytes(1);
  bindFolded(parts([column], [target]), recordBatch(column))(0, out);
  return out.view(0, out.length).toString("latin1");
}

describe("addresses", () => {
  it("leave the primary key without its name", () => {
    expect(address([columnOf("c", utf8, [ID])], [attribute("accountid", "guid")], true)).toBe(`(${ID})`);
  });

  it.each([
    [columnOf("c", utf8, ["O'B"]), attribute("code", "text"), "(code='O''B')"],
    [columnOf("c", int(32), [-2n]), attribute("line", "integer"), "(line=-2)"],
    [columnOf("c", decimal(128, 4), [12500n]), attribute("size", "decimal", { precision: 2 }), "(size=1.25)"],
    [columnOf("c", int(16), [3n]), attribute("kind", "choice"), "(kind=3)"],
    [columnOf("c", date32, [0n]), attribute("day", "dateonly"), "(day=1970-01-01)"],
    [columnOf("c", timestamp("us"), [0n]), attribute("at", "datetime"), "(at=1970-01-01T00:00:00Z)"],
    [columnOf("c", utf8, [ID]), attribute("parentid", "lookup"), `(_parentid_value=${ID})`],
  ])("write each type of key as its literal", (column, target, expected) => {
    expect(address([column], [target])).toBe(expected);
  });

  it("join the parts of a key", () => {
    const columns = [columnOf("a", int(8), [1n]), columnOf("b", utf8, ["x"])];
    expect(address(columns, [attribute("line", "integer"), attribute("code", "text")])).toBe("(line=1,code='x')");
  });

  it("name the part that is null", () => {
    const columns = [columnOf("a", int(8), [1n]), columnOf("b", utf8, [null])];
    expect(address(columns, [attribute("line", "integer"), attribute("code", "text")])).toEqual({
      column: "code",
      is: "null, but a key part must have a value: it would name no row",
    });
  });

  it("name the part of a column without a type, which has nothing but nulls", () => {
    // Arrow sends no validity for it.
    const nothing = { ...columnOf("b", { kind: "null" }, [null]), validity: undefined };
    const columns = [columnOf("a", int(8), [1n]), nothing];
    expect(address(columns, [attribute("line", "integer"), attribute("code", "text")])).toMatchObject({
      column: "code",
      is: expect.stringContaining("null"),
    });
  });

  it("name the part whose value cannot stand in one", () => {
    const column = columnOf("c", utf8, ["no id"]);
    expect(address([column], [attribute("accountid", "guid")], true)).toMatchObject({ column: "accountid" });
  });
});

describe("a bare key", () => {
  const [line, code] = [attribute("line", "integer"), attribute("code", "text")];
  const [one, x] = [columnOf("a", int(8), [1n]), columnOf("b", utf8, ["x"])];

  it("stands without brackets and name", () => {
    const out = new Bytes(1);
    bindBareKey(parts([one], [line]), recordBatch(one))(0, out);
    expect(out.view(0, out.length).toString()).toBe("1");
  });

  it("is of one part, no more and no less", () => {
    for (const columns of [[], [one, x]]) {
      expect(() => bindBareKey(parts(columns, [line, code]), recordBatch(one, x))).toThrow(RangeError);
    }
  });
});

describe("folded keys", () => {
  it("normalise the scale of decimals", () => {
    const size = attribute("size", "decimal");
    expect(folded(columnOf("c", decimal(128, 4), [15000n]), size)).toBe(
      folded(columnOf("c", decimal(64, 1), [15n]), size),
    );
  });

  it("normalise the unit of instants", () => {
    const at = attribute("at", "datetime");
    expect(folded(columnOf("c", timestamp("ms"), [1500n]), at)).toBe(
      folded(columnOf("c", timestamp("ns"), [1_500_000_000n]), at),
    );
  });
});
