import { describe, expect, it } from "vitest";
import {
  asGuid,
  asObject,
  idNamed,
  keyPredicate,
  parseObject,
  readOperation,
} from "../../../../server/dataverse/wire/operation.ts";
import { operation, rowId } from "../wire-mapping.ts";

describe("readOperation", () => {
  it("gives method, URL and body back", () => {
    expect(readOperation(operation("PATCH", "accounts(1)", '{"name":"x"}'))).toEqual({
      method: "PATCH",
      url: "/api/data/v9.2/accounts(1)",
      body: { name: "x" },
    });
  });

  it("finds no body in a DELETE", () => {
    expect(readOperation(operation("DELETE", "accounts(1)"))).toMatchObject({ method: "DELETE", body: {} });
  });

  it("gives the body of a target back, and where it goes if that is said", () => {
    const type = '"@odata.type":"Microsoft.Dynamics.CRM.account"';
    expect(readOperation(Buffer.from(`,{${type},"name":"x"}`))).toEqual({
      method: "POST",
      url: "",
      body: { name: "x" },
    });
    expect(readOperation(Buffer.from(`[{${type},"@odata.id":"accounts(1)"}`))).toMatchObject({
      url: "/api/data/v9.2/accounts(1)",
      body: {},
    });
  });

  it("keeps numbers as they were written: beyond 2^53 and beyond 17 digits", () => {
    const { body } = readOperation(operation("POST", "accounts", '{"a":9007199254740993,"b":0.1000,"c":[1.50]}'));
    expect(body).toEqual({ a: "9007199254740993", b: "0.1000", c: ["1.50"] });
  });

  it("reads a part that lies within a larger buffer", () => {
    const part = operation("POST", "accounts", '{"name":"ü"}');
    const within = Buffer.concat([Buffer.from("xx"), part, Buffer.from("yy")]).subarray(2, 2 + part.length);
    expect(readOperation(within).body).toEqual({ name: "ü" });
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another boundary", Buffer.from("--other\r\n\r\nGET / HTTP/1.1\r\n\r\n")],
    ["a body that is no object", operation("POST", "accounts", "[1]")],
    ["a cut body", operation("POST", "accounts", '{"a":')],
  ])("refuses %s as a defect of ours", (_name, part) => {
    expect(() => readOperation(part)).toThrow(expect.objectContaining({ code: "internal" }));
  });
});

describe("parseObject", () => {
  it.each(["", "[]", "null", "7", "{", '"x"'])("is undefined for %j", (text) => {
    expect(parseObject(text)).toBeUndefined();
  });
});

describe("asObject", () => {
  it.each([null, undefined, [], "x", 1])("is undefined for %j", (value) => {
    expect(asObject(value)).toBeUndefined();
  });
});

describe("keyPredicate", () => {
  it.each([
    ["/api/data/v9.2/accounts", undefined],
    [`/api/data/v9.2/accounts(${rowId})`, rowId],
    ["/accounts(name='a(b)c')", "name='a(b)c'"],
  ])("of %s is %s", (url, expected) => {
    expect(keyPredicate(url)).toBe(expected);
  });
});

describe("asGuid", () => {
  it("folds case", () => {
    expect(asGuid(rowId.toUpperCase())).toBe(rowId);
  });

  it.each(["", `{${rowId}}`, `${rowId}0`, rowId.replaceAll("-", ""), 7, null, undefined])("refuses %j", (value) => {
    expect(asGuid(value)).toBeUndefined();
  });
});

describe("the id that an operation names", () => {
  const id = "6f1c5b1e-0000-4000-8000-000000000001";

  it.each([
    ["of a row by its id", `accounts(${id})`, {}, id],
    ["of an elastic row beside its partition", `accounts(accountid=${id},partitionid='p')`, {}, id],
    ["in whatever order", `accounts(partitionid='p',accountid=${id.toUpperCase()})`, {}, id],
    ["of a target among its properties", "", { accountid: id }, id],
    ["of a row by another key: none", "accounts(accountnumber='A')", {}, undefined],
    ["of a row that is created: none", "accounts", {}, undefined],
  ])("%s", (_what, url, body, expected) => {
    expect(idNamed({ url, body }, "accountid")).toBe(expected);
  });
});
