import { describe, expect, it } from "vitest";
import { assemble, batchHeaders, getPart } from "../../../../server/dataverse/wire/batch-body.ts";

const head = "--dataverse-flight\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n";

describe("batchHeaders", () => {
  it("asks for every operation to be tried, else the first bad row would stop the batch", () => {
    expect(batchHeaders["Prefer"]).toBe("odata.continue-on-error");
  });

  it("asks for JSON of OData 4.0", () => {
    const version = { "OData-MaxVersion": "4.0", "OData-Version": "4.0" };
    expect(batchHeaders).toMatchObject({ Accept: "application/json", ...version });
  });

  it("names the boundary that parts open with", () => {
    expect(batchHeaders["Content-Type"]).toBe('multipart/mixed; boundary="dataverse-flight"');
  });
});

describe("getPart", () => {
  it("ends with two line ends: with one the service takes the next boundary for a header", () => {
    expect(getPart("/api/data/v9.2/accounts(1)").toString()).toBe(
      `${head}GET /api/data/v9.2/accounts(1) HTTP/1.1\r\n\r\n\r\n`,
    );
  });
});

describe("a getPart with headers", () => {
  it("has them below its request line", () => {
    expect(getPart("/a", { "MSCRM.SessionToken": "t" }).toString()).toBe(
      `${head}GET /a HTTP/1.1\r\nMSCRM.SessionToken: t\r\n\r\n\r\n`,
    );
  });
});

describe("assemble", () => {
  it("puts parts one after the other and closes with the delimiter and a line end", () => {
    const part = getPart("/a");
    const body = assemble([part, part]);
    expect(body.toString()).toBe(`${part}${part}--dataverse-flight--\r\n`);
  });
});
