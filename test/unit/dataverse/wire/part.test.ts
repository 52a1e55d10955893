import { describe, expect, it } from "vitest";
import {
  boundary,
  closingDelimiter,
  crlf,
  emptyHeader,
  jsonHeader,
  jsonIfMatchHeader,
  partHeader,
} from "../../../../server/dataverse/wire/part.ts";

describe("the bytes around an operation", () => {
  const all = { closingDelimiter, crlf, emptyHeader, jsonHeader, jsonIfMatchHeader, partHeader };

  it.each(Object.entries(all))("%s has no line end but CRLF", (_name, bytes) => {
    expect(bytes.toString().replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  it("ends an operation without a body with the two line ends that the service wants", () => {
    expect(emptyHeader.toString()).toBe(" HTTP/1.1\r\n\r\n\r\n");
  });

  it("ends the batch with a line end: the service refuses a body without", () => {
    expect(closingDelimiter.toString()).toBe(`--${boundary}--\r\n`);
  });

  it("asks for an existing row by If-Match", () => {
    expect(jsonIfMatchHeader.toString()).toMatch(/\r\nIf-Match: \*\r\n\r\n$/);
  });
});
