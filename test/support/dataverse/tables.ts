/** Tables, requests and one-row publishes for the tests of the mapping. */

import type { Column } from "../../../server/arrow/columns.ts";
import { Guid } from "../../../server/core/guid.ts";
import type { RowFailure } from "../../../server/core/outcome.ts";
import type { Mapping } from "../../../server/dataverse/mapping/mapping.ts";
import { compileMapping } from "../../../server/dataverse/mapping/mapping.ts";
import type { Attribute, AttributeKind, Option } from "../../../server/dataverse/metadata/attributes.ts";
import type { Table } from "../../../server/dataverse/metadata/tables.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { Bytes } from "../../../server/dataverse/text/bytes.ts";
import type { Way } from "../../../server/dataverse/wire/way.ts";
import { recordBatch } from "../columns.ts";
import { usualRequest } from "../usual-request.ts";

export const ID = "6f1c5b1e-0000-4000-8000-000000000001";

export function attribute(logicalName: string, kind: AttributeKind, more: Partial<Attribute> = {}): Attribute {
  return {
    logicalName,
    kind,
    typeName: `${kind}Type`,
    validForCreate: true,
    validForUpdate: true,
    validForRead: true,
    required: false,
    autoNumber: false,
    targets: [],
    ...more,
  };
}

/** Labels of the application user's language by value, which is 1033. */
export function optionsOf(labels: Readonly<Record<number, string>>): ReadonlyMap<number, Option> {
  const entries = Object.entries(labels);
  return new Map(entries.map(([value, label]) => [Number(value), { label, labels: new Map([[1033, label]]) }]));
}

export function tableOf(attributes: readonly Attribute[], more: Partial<Table> = {}): Table {
  const primary = attribute(more.primaryId ?? "accountid", "guid", { validForUpdate: false, required: true });
  return {
    logicalName: "account",
    entitySetName: "accounts",
    primaryId: "accountid",
    primaryName: "name",
    tableType: "Standard",
    messages: new Set(["CreateMultiple", "UpdateMultiple", "UpsertMultiple"]),
    attributes: new Map([primary, ...attributes].map((one) => [one.logicalName, one])),
    keys: [],
    navigation: new Map(),
    ...more,
  };
}

export function requestOf(more: Partial<PublishRequest>): PublishRequest {
  return { ...usualRequest, strategy: "BATCH", ...more };
}

export interface Scene {
  readonly columns: readonly Column[];
  readonly table: Table;
  readonly request?: Partial<PublishRequest>;
  readonly related?: readonly Table[];
}

export function mappingOf({ columns, table, request = {}, related = [] }: Scene): Mapping {
  const schema = { fields: columns.map((column) => column.field) };
  const known = new Map(related.map((one) => [one.logicalName, one]));
  return compileMapping(schema, requestOf(request), table, known);
}

/** One row as the text of its part, or its failure. What stood in the buffer before must be untouched. */
export function encodeRow(scene: Scene, row = 0, id: string | undefined = ID, way: Way = "batch"): string | RowFailure {
  const mapping = mappingOf(scene);
  const encoder = mapping.encoder(way);
  encoder.bind(recordBatch(...scene.columns));
  const out = new Bytes(16);
  out.ascii("before");
  const failure = encoder.encode(row, 0, mapping.mintsIds && id !== undefined ? Guid.of(id) : undefined, out);
  const text = out.view(0, out.length).toString("utf8");
  if (!text.startsWith("before")) throw new Error("the encoder wrote over what was there");
  if (failure === undefined) return text.slice("before".length);
  if (text !== "before") throw new Error("a failed row left bytes behind");
  return failure;
}

/** The JSON value that a value of an input column becomes, or what is wrong with it. */
export function jsonValue(column: Column, target: Attribute, request: Partial<PublishRequest> = {}, row = 0): string {
  const named = { ...column, field: { ...column.field, name: target.logicalName } };
  const encoded = encodeRow({ columns: [named], table: tableOf([target]), request }, row);
  if (typeof encoded !== "string") return encoded.message;
  const body = encoded.slice(encoded.lastIndexOf("\r\n{") + 2, -2);
  return body.slice(`{"accountid":"${ID}","${target.logicalName}":`.length, -1);
}

/** Orders, whose customer is an account or a contact. */
export const orderTable = tableOf([attribute("customerid", "customer", { targets: ["account", "contact"] })], {
  logicalName: "tpch_order",
  entitySetName: "tpch_orders",
  primaryId: "tpch_orderid",
  navigation: new Map([
    [
      "customerid",
      new Map([
        ["account", "customerid_account"],
        ["contact", "customerid_contact"],
      ]),
    ],
  ]),
});
