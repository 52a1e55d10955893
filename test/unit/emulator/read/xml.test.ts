import { describe, expect, it } from "vitest";
import { parseXml, XmlError } from "../../../emulator/read/fetch/xml.ts";

describe("a document", () => {
  it("has elements, attributes, texts and references to characters", () => {
    const root = parseXml(
      `<?xml version="1.0"?>\n<!-- a --><a b="1 &lt; 2" c='&quot;&#65;&#x42;'>x<!-- y -->&amp;<d/> </a>\n`,
    );
    expect([root.name, [...root.attributes], root.text]).toEqual([
      "a",
      [
        ["b", "1 < 2"],
        ["c", '"AB'],
      ],
      "x& ",
    ]);
    expect(root.children.map(({ name }) => name)).toEqual(["d"]);
  });

  it.each([
    "",
    "a",
    "<a",
    "<a>",
    "<a></b>",
    "<a b></a>",
    "<a b=1/>",
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    "<a/><b/>",
    "<a>&b;</a>",
    "<a>&</a>",
    "<a>&#0;</a>",
    "<a>&#x110000;</a>",
    "<a><!-- </a>",
    "<a><![CDATA[x]]></a>",
    "<!DOCTYPE a><a/>",
    `${"<a>".repeat(70)}${"</a>".repeat(70)}`,
    `<a>${"x".repeat(70_000)}</a>`,
  ])("%.40s is none", (text) => {
    expect(() => parseXml(text)).toThrow(XmlError);
  });
});
