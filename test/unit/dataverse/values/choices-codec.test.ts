import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { choicesCodec } from "../../../../server/dataverse/values/choices-codec.ts";
import { column, int32, list, text } from "../../../support/columns.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue, optionsOf } from "../../../support/dataverse/tables.ts";

const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i, `Option ${i}`]));
const hobbies = attribute("x", "choices", { options: optionsOf(many) });
const byLabel = { columns: [{ sources: ["x"], target: "x", choice: { by: "LABEL" } }] } as const;

const numbers = (...rows: readonly (readonly (number | null)[] | null)[]): Column =>
  list("x", rows, (items) => int32("element", items));

describe("several choices", () => {
  it("are listed in the order of the row, each once", () => {
    const column = numbers([7], [1, 9, 14, 9]);
    expect([0, 1].map((row) => jsonValue(column, hobbies, {}, row))).toEqual(['"7"', '"1,9,14"']);
  });

  it("come by their labels where the request says so", () => {
    const column = list("x", [["option 3", "OPTION 5"]], (items) => text("element", items));
    expect(jsonValue(column, hobbies, byLabel)).toBe('"3,5"');
  });

  it("come as text of their values, blanks tolerated", () => {
    expect(jsonValue(columnOf("x", utf8, ["1, 9 ,14,1"]), hobbies)).toBe('"1,9,14"');
  });

  it("come in lists of fixed width", () => {
    const elements = int32("element", [1, 2, 3, 4]);
    const pairs = column("x", { kind: "fixed_list", width: 2 }, [0, 1], { children: [elements] });
    expect(jsonValue(pairs, hobbies, {}, 1)).toBe('"3,4"');
  });

  it("are cleared where there are none", () => {
    expect(jsonValue(numbers([]), hobbies)).toBe("null");
    expect(jsonValue(columnOf("x", utf8, [" "]), hobbies)).toBe("null");
    const never = list("x", [[]], (items) => column("element", { kind: "null" }, items, {}));
    expect(jsonValue(never, hobbies)).toBe("null");
  });

  it.each([
    [numbers([1, 200]), {}, "a list with a choice value that is not among its 200 options"],
    [numbers([1, null]), {}, "a list with a null in it"],
    [list("x", [[null]], (items) => column("element", { kind: "null" }, items, {})), {}, "a list with a null in it"],
    [
      list("x", [["Option 999"]], (items) => text("element", items)),
      byLabel,
      "a list with a label that none of its 200 options has",
    ],
    [columnOf("x", utf8, ["1,200"]), {}, "a list with a choice value that is not among its 200 options"],
    [columnOf("x", utf8, ["1;9"]), {}, "text that is no list of choice values such as 1,9,14"],
    [columnOf("x", utf8, ["1,,9"]), {}, "text that is no list of choice values such as 1,9,14"],
  ])("are refused: %#", (given, request, flaw) => {
    expect(jsonValue(given, hobbies, request)).toBe(`The value for x is ${flaw}.`);
  });

  it.each([
    [{ kind: "bool" }, undefined, "a list of integers or utf8 such as 1,9,14"],
    [{ kind: "bool" }, { by: "LABEL" }, "a list of utf8: the labels"],
    [{ kind: "list", large: false }, undefined, expect.stringMatching(/^a list, each element \S/)],
  ] as const)("come in no other column: %#", (type, choice, expected) => {
    const children = [{ name: "element", type: { kind: "bool" }, nullable: true, children: [] }] as const;
    expect(choicesCodec({ type, children }, hobbies, choice)).toEqual(expected);
  });

  it("are at most 150, from a list as from a text", () => {
    const values = Array.from({ length: 151 }, (_, i) => i);
    const flaw = "The value for x is a list of more than 150 choices, the most that the service keeps.";
    expect(jsonValue(numbers(values.slice(1)), hobbies)).toBe(`"${values.slice(1).join(",")}"`);
    expect(jsonValue(numbers(values), hobbies)).toBe(flaw);
    expect(jsonValue(columnOf("x", utf8, [values.join()]), hobbies)).toBe(flaw);
  });

  it("whose options are not known may have any value of 32 bits", () => {
    const open = attribute("x", "choices");
    expect(jsonValue(numbers([-7]), open)).toBe('"-7"');
    expect(jsonValue(columnOf("x", utf8, ["-7"]), open)).toBe('"-7"');
    expect(jsonValue(columnOf("x", utf8, ["2147483648"]), open)).toContain("not among its 0 options");
  });
});
