import { describe, expect, it } from "vitest";
import { capped, columnNamed, quotable } from "../../../../server/dataverse/answers/failure-text.ts";
import { mappingFor, operation, rowId } from "../wire-mapping.ts";

const mapping = mappingFor("INSERT");

describe("the attribute that a text blames", () => {
  it.each([
    ["The length of the 'name' attribute of the 'account' entity exceeded the maximum.", "name"],
    ["The value 5 of 'industrycode' on record of type 'account' is outside the valid range.", "industrycode"],
    ["Invalid character in field 'description': hexadecimal value 0x08.", "description"],
    ["An undeclared property 'Revenue' was found.", "revenue"],
    ["The length of the 'unknown_name' attribute is wrong.", undefined],
    ["Cannot convert the literal 'name' to the expected type 'Edm.Int32'.", undefined],
    ["", undefined],
  ])("in %j is %s", (text, expected) => {
    expect(columnNamed(text, mapping)).toBe(expected);
  });
});

describe("what is quoted of a platform's own text", () => {
  const quote = (message: string): string => quotable({ code: "0x80044331", message }, mapping);

  it("takes an apostrophe within a word for no quote", () => {
    expect(quote("It doesn't fit 'name' at all")).toBe("It doesn't fit 'name' at all");
  });

  it("keeps names of privileges", () => {
    expect(quote("It lacks 'prvCreateAccount' on 'somebody'")).toBe("It lacks 'prvCreateAccount' on '…'");
  });

  it("keeps names of the table", () => {
    expect(quote("The length of the 'name' attribute of the 'account' entity")).toBe(
      "The length of the 'name' attribute of the 'account' entity",
    );
  });

  it.each([
    ["a quoted value", "The literal 'SECRET' is wrong"],
    ["a value with an apostrophe", "The literal 'O'SECRET' is wrong"],
    ["a value with a quoted name in it", "The literal 'x' of SECRET 'name' is wrong"],
    ["a value after an apostrophe", "It doesn't accept 'SECRET' here"],
    ["a value whose quote is cut off", "The literal 'SECRET and more"],
    ["a quote within a quote that is cut off", 'The literal \'one "two" SECRET'],
    ["double quotes", 'The literal "SECRET" is wrong'],
    ["typographic quotes", "The literal “SECRET” is wrong"],
    ["markup", "<DuplicateAttributes><name>SECRET</name></DuplicateAttributes> exist"],
    ["a time", "At 2024-01-31T10:00:00Z SECRET@x it failed"],
    ["an address", "Mail to SECRET@example.com failed"],
    ["a URL", "See https://example.com/SECRET for more"],
  ])("masks %s", (_name, message) => {
    expect(quote(message)).not.toContain("SECRET");
    expect(quote(message)).toContain("…");
  });

  it("masks ids and numbers, and keeps codes", () => {
    expect(quote(`account With Id = ${rowId} has 5,000.25 of 2024-01-31, code 0x80040217`)).toBe(
      "account With Id = … has … of …, code 0x80040217",
    );
  });
});

describe("what is quoted of a text that anybody may have written", () => {
  const plugin = { code: "0x80040265", message: "Customer Contoso Ltd needs an approval by sales." };
  const sent = operation("POST", "accounts", '{"name":"contoso ltd","description":"y","numberofemployees":7}');

  it("is nothing without the row at hand", () => {
    expect(quotable(plugin, mapping)).toBe("");
  });

  it("masks each value of the row, quoted or not", () => {
    expect(quotable(plugin, mapping, sent)).toBe("Customer … needs an approval by sales.");
  });

  it("masks the values in the row's address", () => {
    const byKey = operation("PATCH", "accounts(accountnumber='O''Neill%20A')", "{}");
    const message = "The account O'Neill A is locked.";
    expect(quotable({ code: "0x80040265", message }, mapping, byKey)).toBe("The account … is locked.");
  });

  it("masks a value in an address that is not encoded", () => {
    const odd = operation("PATCH", "accounts(accountnumber='100%X')", "{}");
    expect(quotable({ code: "0x80040265", message: "No 100%X here" }, mapping, odd)).toBe("No … here");
  });

  it("masks a value whole that begins with another value of the row", () => {
    const both = operation("POST", "accounts", '{"name":"Fabrikam","description":"Fabrikam Holdings"}');
    const message = "Nothing is known of Fabrikam Holdings.";
    expect(quotable({ code: "0x80040265", message }, mapping, both)).toBe("Nothing is known of ….");
  });

  it("takes a value for what it is, not for a pattern", () => {
    const odd = operation("POST", "accounts", JSON.stringify({ name: "a.*(b)[" }));
    expect(quotable({ code: "0x80040265", message: "a.*(b)[ and axxb" }, mapping, odd)).toBe("… and axxb");
  });

  it("masks texts of rows within the row, and of keys that lookups go by", () => {
    const nested = operation(
      "POST",
      "emails",
      `{"email_activity_parties":[{"addressused":"Ann Lee"}],"new_Region@odata.bind":"/new_regions(new_code='East%20End')"}`,
    );
    const message = "Ann Lee of East End is not wanted";
    expect(quotable({ code: "0x80040265", message }, mapping, nested)).toBe("… of … is not wanted");
  });

  it("says nothing of the database's text, which puts values between brackets", () => {
    const message = "The duplicate key value is (SECRET). Sql Number: 2627";
    expect(quotable({ code: "0x80044150", message }, mapping, sent)).toBe("");
  });
});

describe("a long text", () => {
  it("is quoted up to a length that leaves room for our own sentences", () => {
    expect(quotable({ code: "0x80044331", message: "x".repeat(8_192) }, mapping)).toHaveLength(1_500);
  });

  it("is dropped when it is a dump: cut, it could end within a value", () => {
    expect(quotable({ code: "0x80044331", message: "x".repeat(8_193) }, mapping)).toBe("");
  });
});

describe("capped", () => {
  it("cuts at 2 KiB of UTF-8, never within a character", () => {
    const cut = capped("ü".repeat(2_000));
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(2_048);
    expect(cut).toMatch(/^ü+…$/);
  });

  it("leaves a short message as it is", () => {
    expect(capped("ü".repeat(1_024))).toBe("ü".repeat(1_024));
  });
});
