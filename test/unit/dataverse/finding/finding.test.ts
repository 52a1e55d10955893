import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { Guid } from "../../../../server/core/guid.ts";
import type { Found } from "../../../../server/dataverse/keys/found.ts";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import type { Way } from "../../../../server/dataverse/wire/way.ts";
import { recordBatch, text } from "../../../support/columns.ts";
import { attribute, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const contact = tableOf([], { logicalName: "contact", entitySetName: "contacts", primaryId: "contactid" });
const contactOf = attribute("primarycontactid", "lookup", { targets: ["contact"] });
const key = { logicalName: "by_code", attributes: ["code"], active: true, indexStatus: "Active" };
const table = tableOf(
  [
    attribute("code", "text", { maxLength: 20 }),
    attribute("phone", "text"),
    attribute("number", "text", { validForCreate: false }),
    attribute("name", "text"),
    contactOf,
    attribute("customer", "customer", { targets: ["account", "contact"] }),
  ],
  {
    keys: [key],
    navigation: new Map([
      ["primarycontactid", new Map([["contact", "primarycontactid"]])],
      ["customer", new Map([["contact", "customer_contact"]])],
    ]),
  },
);

const business = { mode: "UPSERT", matchOn: ["phone"] } as const;
const alternate = { mode: "UPSERT", matchOn: ["code"] } as const;

interface Play {
  readonly columns: readonly Column[];
  readonly request: Partial<PublishRequest>;
  readonly found?: Partial<Found>;
  readonly way?: Way;
}

/** The first row as it is sent, or the code of its failure. */
function sent({ columns, request, found = {}, way = "batch" }: Play): string {
  const encoder = mappingOf({ columns, table, request, related: [contact] }).encoder(way);
  encoder.bind(recordBatch(...columns), { ...nothingFound, ...found });
  const out = new Bytes(16);
  const id = found.ids?.[0];
  const failure = encoder.encode(0, 0, typeof id === "string" ? Guid.of(id) : undefined, out);
  return failure?.code ?? out.view(0, out.length).toString().replaceAll("\r\n", "|");
}

function fault(columns: readonly Column[], request: Partial<PublishRequest>): string {
  try {
    mappingOf({ columns, table, request, related: [contact] });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const byPhone = [text("phone", ["1/2"]), text("name", ["x"])];
const byCode = [text("code", ["a/b"]), text("name", ["x"])];

describe("a row of a business key", () => {
  it("goes to the id that was found, and leaves its key as it is", () => {
    const part = sent({ columns: byPhone, request: business, found: { ids: [ID] } });
    expect(part).toContain(`PATCH /api/data/v9.2/accounts(${ID}) HTTP/1.1|`);
    expect(part).toContain('|{"name":"x"}|');
  });

  it("takes its key along when it is created", () => {
    const part = sent({ columns: byPhone, request: business, found: { ids: [ID], absent: new Set([0]) } });
    expect(part).toContain('|{"phone":"1/2","name":"x"}|');
  });

  it("is named by its id in a bulk message too", () => {
    const found = { ids: [ID], absent: new Set([0]) };
    expect(sent({ columns: byPhone, request: business, found, way: "bulk" })).toBe(
      `,{"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"${ID}","phone":"1/2","name":"x"}`,
    );
  });

  it("brings a lookup of its key as a reference", () => {
    const columns = [text("primarycontactid", [ID]), text("name", ["x"])];
    const request = { ...business, matchOn: ["primarycontactid"] };
    const part = sent({ columns, request, found: { ids: [ID], absent: new Set([0]) } });
    expect(part).toContain(`"primarycontactid@odata.bind":"/contacts(${ID})"`);
  });

  it("fails as its search did, unless a value of its own is at fault", () => {
    const missing = { code: "row_missing", message: "", retryable: false } as const;
    expect(sent({ columns: byPhone, request: business, found: { ids: [missing] } })).toBe("row_missing");
    const flawed = [text("phone", ["1"]), text("code", ["x".repeat(21)])];
    expect(sent({ columns: flawed, request: business, found: { ids: [missing] } })).toBe("value_not_mappable");
  });

  it("is deleted by its id", () => {
    const request = { mode: "DELETE", matchOn: ["phone"] } as const;
    const part = sent({ columns: [text("phone", ["1"])], request, found: { ids: [ID] } });
    expect(part).toContain(`DELETE /api/data/v9.2/accounts(${ID}) HTTP/1.1||`);
  });

  it("is told to be slower and less safe than a key", () => {
    expect(mappingOf({ columns: byPhone, table, request: business }).warnings.join()).toContain("phone is no key");
  });
});

describe("a row whose key no URL can name", () => {
  it("is found first where it could be created, or need not be: else it must not be called absent", () => {
    const wanted = (columns: readonly Column[], request: Partial<PublishRequest>): boolean | undefined => {
      const batch = recordBatch(...columns);
      return mappingOf({ columns, table: keyed, request }).finding?.wanted(batch)?.(0);
    };
    const keyed = tableOf([attribute("code", "text"), attribute("number", "text", { validForCreate: false })], {
      keys: ["code", "number"].map((name) => ({ ...key, logicalName: `by_${name}`, attributes: [name] })),
    });
    const byNumber = [text("number", ["a/b"])];
    expect(wanted([text("code", ["a/b"])], alternate)).toBe(true);
    expect(wanted(byNumber, { mode: "UPSERT", matchOn: ["number"] })).toBeUndefined();
    expect(wanted(byNumber, { mode: "DELETE", matchOn: ["number"] })).toBe(true);
  });
});

describe("a business key is refused", () => {
  it("when a row could not be created with it", () => {
    const columns = [text("number", ["1"]), text("name", ["x"])];
    expect(fault(columns, { ...business, matchOn: ["number"] })).toContain(
      "number cannot be set when a row is created",
    );
    expect(fault(columns, { mode: "UPDATE", matchOn: ["number"] })).toBe("");
  });

  it("when a lookup in it may point to several tables, unless one is named", () => {
    const columns = [text("customer", [ID]), text("name", ["x"])];
    const request = { ...business, matchOn: ["customer"] };
    expect(fault(columns, request)).toContain("customer can point to");
    const named = [
      { sources: ["customer"], target: "customer", lookup: { table: "contact", by: [] } },
      { sources: ["name"], target: "name" },
    ];
    expect(fault(columns, { ...request, columns: named })).toBe("");
  });
});

describe("a row of an alternate key", () => {
  it("goes by its key where nothing had to be found", () => {
    const columns = [text("code", ["ab"]), text("name", ["x"])];
    expect(sent({ columns, request: alternate })).toContain("PATCH /api/data/v9.2/accounts(code='ab') ");
  });

  it("goes by its id where its key has reserved characters", () => {
    const found = { ids: [ID], absent: new Set([0]) };
    expect(sent({ columns: byCode, request: alternate, found })).toContain(`accounts(${ID}) `);
    expect(sent({ columns: byCode, request: alternate, found })).toContain('{"code":"a/b","name":"x"}');
  });

  it("is wanted only where its key has reserved characters", () => {
    const { finding } = mappingOf({ columns: byCode, table, request: alternate });
    expect(finding?.wanted(recordBatch(...byCode))?.(0)).toBe(true);
    expect(finding?.wanted(recordBatch(text("code", ["ab"]), text("name", ["x"])))).toBeUndefined();
  });

  it("keeps the order of its folded key however it is addressed", () => {
    const encoder = mappingOf({ columns: byCode, table, request: alternate }).encoder("batch");
    encoder.bind(recordBatch(text("code", ["A/B ", "a/b"]), text("name", ["x", "y"])));
    expect(encoder.foldedKey(0, undefined)).toBe(encoder.foldedKey(1, Guid.of(ID)));
  });
});

it("a row named by its primary key, or by none, needs no finding", () => {
  const columns = [text("accountid", [ID]), text("name", ["x"])];
  expect(mappingOf({ columns, table, request: { mode: "UPSERT", matchOn: ["accountid"] } }).finding).toBeUndefined();
  expect(mappingOf({ columns, table }).finding).toBeUndefined();
});
