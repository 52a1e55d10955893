import { describe, expect, it } from "vitest";
import { isIllegalInXml } from "../../../../server/dataverse/text/xml-characters.ts";

describe("isIllegalInXml", () => {
  it("allows tab and line ends alone among the control characters", () => {
    const allowed = Array.from({ length: 0x20 }, (_, code) => code).filter(
      (code) => !isIllegalInXml(Buffer.from([code]), 0),
    );
    expect(allowed).toEqual([0x09, 0x0a, 0x0d]);
  });

  it("tells the two noncharacters from their neighbours", () => {
    const verdicts = ["\uffef", "\uffbf", "\ufffd", "\ufffe", "\uffff"].map((text) =>
      isIllegalInXml(Buffer.from(text), 0),
    );
    expect(verdicts).toEqual([false, false, false, true, true]);
  });
});
