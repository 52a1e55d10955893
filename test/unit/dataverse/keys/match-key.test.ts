import { describe, expect, it } from "vitest";
import { findKey, isComparable, isKeyable } from "../../../../server/dataverse/keys/match-key.ts";
import type { AttributeKind } from "../../../../server/dataverse/metadata/attributes.ts";
import { attribute, tableOf } from "../../../support/dataverse/tables.ts";

const attributes = [attribute("code", "text"), attribute("line", "integer"), attribute("name", "text")];
const pair = { logicalName: "pair", attributes: ["code", "line"], active: true, indexStatus: "Active" };
const pending = { logicalName: "slow", attributes: ["name"], active: false, indexStatus: "Pending" };
const table = tableOf(attributes, { keys: [pair, pending] });

describe("findKey", () => {
  it("knows the primary key", () => {
    expect(findKey(["accountid"], table)).toEqual({ kind: "primary" });
  });

  it("finds an alternate key in any order of its attributes", () => {
    expect(findKey(["line", "code"], table)).toEqual({ kind: "alternate", key: pair });
  });

  it("takes other attributes for a business key", () => {
    const [code, , name] = attributes;
    expect(findKey(["code"], table)).toEqual({ kind: "business", attributes: [code] });
    expect(findKey(["name", "code"], table)).toEqual({ kind: "business", attributes: [name, code] });
  });

  it.each([
    [["code", "code"], "names an attribute twice"],
    [["accountid", "code"], "the primary key accountid names a row by itself"],
  ])("refuses %j", (names, why) => {
    expect(findKey(names, table)).toContain(why);
  });

  it("refuses types that a query does not compare, each with its reason, and lists the keys there are", () => {
    const odd = [attribute("ratio", "float"), attribute("note", "memo"), attribute("tags", "choices")];
    expect(findKey(["code", "ratio", "note", "tags"], tableOf([...attributes, ...odd], { keys: [pair] }))).toBe(
      "code, ratio, note, tags is no key of account, and rows cannot be found by it: " +
        "ratio is floatType, whose values are seldom equal to the last bit; " +
        "note is memoType, a text too long to be compared; " +
        "tags is choicesType, which a query does not compare by value. " +
        "It has the primary key accountid and the alternate keys pair (code, line; Active). " +
        "Match on one of these, or define an alternate key in Dataverse and wait until it is Active.",
    );
    expect(findKey(["note"], tableOf(odd))).toContain("the primary key accountid and no alternate keys");
  });

  it("refuses a business key of an elastic table", () => {
    expect(findKey(["code"], tableOf(attributes, { tableType: "Elastic" }))).toContain("rows of an elastic table");
  });

  it("refuses no attributes at all", () => {
    expect(findKey([], table)).toContain("names no attribute");
  });

  it("names an unknown attribute and the near one", () => {
    expect(findKey(["cod"], table)).toBe("cod is no attribute of account. Did you mean code?");
  });

  it("refuses a key that is not Active, with what to do", () => {
    expect(findKey(["name"], table)).toBe(
      "the alternate key slow is Pending, not Active. Its index is still being built: wait until it is Active, then start again.",
    );
    const failed = tableOf(attributes, { keys: [{ ...pending, indexStatus: "Failed" }] });
    expect(findKey(["name"], failed)).toContain("remove the duplicates and reactivate the key");
  });
});

describe("isKeyable", () => {
  it("leaves out what no key may hold", () => {
    const kinds: readonly AttributeKind[] = [
      "text",
      "memo",
      "integer",
      "float",
      "boolean",
      "decimal",
      "lookup",
      "other",
    ];
    expect(kinds.filter((kind) => isKeyable(attribute("x", kind)))).toEqual(["text", "integer", "decimal", "lookup"]);
  });
});

describe("isComparable", () => {
  it("adds what a query can compare, though no key may hold it", () => {
    const kinds: readonly AttributeKind[] = ["text", "memo", "float", "boolean", "money", "image"];
    expect(kinds.filter((kind) => isComparable(attribute("x", kind)))).toEqual(["text", "boolean", "money"]);
  });
});
