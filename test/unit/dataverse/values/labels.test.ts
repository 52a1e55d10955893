import { describe, expect, it } from "vitest";
import type { Option } from "../../../../server/dataverse/metadata/attributes.ts";
import { Labels } from "../../../../server/dataverse/values/labels.ts";
import { optionsOf } from "../../../support/dataverse/tables.ts";

function finder(options: ReadonlyMap<number, Option>, language?: number): (label: string) => number | string {
  const labels = Labels.of(options, language);
  if (labels === undefined) throw new Error("no labels");
  return (label) => {
    const bytes = new DataView(Uint8Array.from(Buffer.from(`#${label}`)).buffer);
    return labels.find(bytes, 1, bytes.byteLength);
  };
}

describe("an option is found by its label", () => {
  const find = finder(optionsOf({ 1: "Café", 2: "Straße", 3: "Retail Trade" }));

  it.each([
    ["Café", 1],
    ["CAFÉ", 1],
    ["cafe", 1],
    ["Cafe\u0301", 1],
    ["retail trade  ", 3],
    ["Retail Trade", 3],
  ])("as the service compares text: %j", (label, value) => {
    expect([find(label), find(label)]).toEqual([value, value]);
  });

  it.each(["", "Retail", " Café", "Retail  Trade"])("but not by another text: %j", (label) => {
    expect([find(label), find(label)]).toEqual(Array(2).fill("a label that none of its 3 options has"));
  });

  it("in the language that was asked for", () => {
    const labels = new Map([
      [1031, "Rot"],
      [1033, "Red"],
    ]);
    const german = finder(new Map([[7, { label: "Red", labels }]]), 1031);
    expect(german("rot")).toBe(7);
    expect(german("Red")).toBe("a label that none of its 1 options has in language 1031");
  });

  it("though more spellings come by than are remembered, and ones too long to be", () => {
    for (let i = 0; i < 5_000; i++) expect(find(`unknown ${i}`)).toBeTypeOf("string");
    expect(find("x".repeat(2_000))).toBeTypeOf("string");
    expect(find("cAFE")).toBe(1);
  });
});

describe("a label that several options have", () => {
  const find = finder(optionsOf({ 1: "Same", 2: "Same", 3: "Résumé", 4: "resume" }));
  const ambiguous = "a label that more than one of its 4 options has";

  it("names none of them", () => {
    expect(find("Same")).toBe(ambiguous);
    expect(find("RESUME")).toBe(ambiguous);
  });

  it("names the one that is spelt exactly so", () => {
    expect([find("Résumé"), find("resume")]).toEqual([3, 4]);
  });
});

describe("without labels", () => {
  it("there is nothing to find by", () => {
    expect(Labels.of(optionsOf({ 1: "" }), undefined)).toBeUndefined();
    expect(Labels.of(optionsOf({ 1: "One" }), 1031)).toBeUndefined();
  });
});
