import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { RowFailure } from "../../../../server/core/outcome.ts";
import { partyFields } from "../../../../server/dataverse/rows/party-writer.ts";
import { ROW_BYTES_MAX } from "../../../../server/dataverse/text/value.ts";
import { recordBatch, text } from "../../../support/columns.ts";
import { email, partyColumn, partyRelated } from "../../../support/dataverse/activities.ts";
import { attribute, encodeRow, ID } from "../../../support/dataverse/tables.ts";

function encoded(row: number, ...columns: readonly Column[]): string | RowFailure {
  return encodeRow({ columns, table: email, related: partyRelated }, row);
}

function parties(row: number, ...columns: readonly Column[]): unknown {
  const part = encoded(row, ...columns);
  return typeof part === "string" ? JSON.parse(part.slice(part.indexOf("\r\n{"))).email_activity_parties : part.message;
}

describe("the parties of a row", () => {
  it("are one collection, whatever the lists", () => {
    const to = partyColumn("to", [[{ partyid: ID, table: "contact" }, { addressused: 'x"@y' }]]);
    const cc = partyColumn("cc", [[{ partyid: ID, table: "systemusers", addressused: "u@y" }]]);
    expect(parties(0, to, text("subject", ["s"]), cc)).toEqual([
      { participationtypemask: 2, "partyid_contact@odata.bind": `/contacts(${ID})` },
      { participationtypemask: 2, addressused: 'x"@y' },
      { participationtypemask: 3, "partyid_systemuser@odata.bind": `/systemusers(${ID})`, addressused: "u@y" },
    ]);
  });

  it("are left out where every list is null or empty", () => {
    const to = partyColumn("to", [null, [], [{ addressused: "a" }]]);
    const cc = partyColumn("cc", [[], null, null]);
    expect(parties(0, to, cc)).toBeUndefined();
    expect(parties(1, to, cc)).toBeUndefined();
    expect(parties(2, to, cc)).toEqual([{ participationtypemask: 2, addressused: "a" }]);
  });

  it("are none of a row that is null, whatever lies beneath", () => {
    const to = { ...partyColumn("to", [[{ addressused: "a" }]]), validity: Uint8Array.of(0) };
    expect(parties(0, to)).toBeUndefined();
  });

  it("have roles of their own in the collection of all", () => {
    const fields = ["addressused", "participationtypemask"] as const;
    const all = partyColumn(
      "email_activity_parties",
      [[{ addressused: "a", participationtypemask: 1 }], [{ addressused: "a" }]],
      fields,
    );
    expect(parties(0, all)).toEqual([{ participationtypemask: 1, addressused: "a" }]);
    expect(parties(1, all)).toBe(
      "The value for email_activity_parties is a list with a party whose participationtypemask is null.",
    );
  });

  it.each([
    [[null], "a list with a party that is null"],
    [[{ table: "contact" }], "a list with a party without partyid and addressused"],
    [[{ addressused: "x".repeat(21) }], "a list with a party whose addressused is text longer than its maximum of 20"],
    [[{ partyid: ID, table: "lead" }], "a list with a party whose partyid is a reference to a table that is none of"],
    [[{ partyid: ID }], "a list with a party whose partyid is a reference to a row whose table is null"],
    [
      [{ partyid: "x", table: "contact" }],
      "whose partyid is a reference to contact whose contactid is text that is no GUID",
    ],
  ])("fail their row, which names the list: %j", (list, sentence) => {
    const to = partyColumn("to", [[{ addressused: "a" }]]);
    const failure = encoded(0, to, partyColumn("cc", [list]));
    expect(failure).toMatchObject({ code: "value_not_mappable", column: "cc" });
    expect(typeof failure === "string" ? "" : failure.message).toContain(sentence);
  });

  it("do not grow beyond what a row may be", () => {
    const address = "x".repeat(ROW_BYTES_MAX / 4);
    const related = partyRelated.map((table) => ({
      ...table,
      attributes: new Map([...table.attributes, ["addressused", attribute("addressused", "text")]]),
    }));
    const of = (count: number): string | RowFailure => {
      const to = partyColumn("to", [new Array(count).fill({ addressused: address })]);
      return encodeRow({ columns: [to], table: email, related });
    };
    expect(typeof of(3)).toBe("string");
    expect([of(5), of(20)]).toMatchObject([{ code: "row_too_large" }, { code: "row_too_large" }]);
  });

  it("take no field where there are no lists", () => {
    expect(partyFields([])).toEqual([]);
    expect(recordBatch(partyColumn("to", [])).rows).toBe(0);
  });
});
