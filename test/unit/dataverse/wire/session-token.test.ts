import { describe, expect, it } from "vitest";
import { sessionHeaders, sessionTokenOf } from "../../../../server/dataverse/wire/session-token.ts";

const tokenIn = (text: string): string | undefined => sessionTokenOf({ headers: { "x-ms-session-token": text } });

describe("a session token", () => {
  it("goes back as it came", () => {
    const token = tokenIn("240:8#144035050#7=-1");
    expect(sessionHeaders(token)).toEqual({ "MSCRM.SessionToken": "240:8#144035050#7=-1" });
  });

  it("is none where the reply has none", () => {
    expect(sessionTokenOf({ headers: {} })).toBeUndefined();
    expect(sessionHeaders(undefined)).toEqual({});
  });

  it.each(["", "a b", "a\r\nIf-Match: *", "é", "x".repeat(1025)])(
    "that could not stand in a header is none: %j",
    (text) => {
      expect(tokenIn(text)).toBeUndefined();
    },
  );
});
