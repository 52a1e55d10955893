import { describe, expect, it } from "vitest";
import type { AttributeKind } from "../../../server/dataverse/attributes.ts";
import { findKey, isKeyable } from "../../../server/dataverse/match-key.ts";
import { attribute, tableOf } from "../../support/dataverse/tables.ts";

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

  it.each([[["code"]], [["code", "code"]], [["accountid", "code"]]])(
    "finds no key in %j and lists those there are",
    (names) => {
      expect(findKey(names, table)).toBe(
        `${names.join(", ")} is no key of account. It has the primary key accountid and the alternate keys ` +
          "pair (code, line; Active), slow (name; Pending). " +
          "Match on one of these, or define an alternate key in Dataverse and wait until it is Active.",
      );
    },
  );

  it("says so where there are no alternate keys", () => {
    expect(findKey(["code"], tableOf(attributes))).toContain("the primary key accountid and no alternate keys");
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
