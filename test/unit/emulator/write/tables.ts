/** Tables with a rule of every kind, for tests of what is written. */
import type { Emulator } from "../../../emulator/emulator.ts";
import { parseTables } from "../../../emulator/schema/load.ts";
import type { WebReply } from "../../../emulator/wire/http.ts";
import type { EmulatorOptions } from "../../../emulator/world.ts";
import { codeOf, emulatorWith } from "../support.ts";

const schema = `
tables:
  account:
    keys:
      account_number: {columns: [accountnumber], label: Account Number}
    duplicate_rules:
      same_name: [name, address1_city]
    refuse_when:
      - {column: name, equals: Bad, code: "0x80040265", message: The plug-in wants another name.}
      - {column: numberofemployees, equals: 13}
  new_thing:
    schema_name: new_Thing
    primary_name: new_name
    columns:
      new_name: {type: text, max_length: 100}
      new_long: {type: text, max_length: 4000}
      new_number: {type: text, max_length: 100, autonumber: "T-{SEQNUM:5}-{RANDSTRING:4}-{DATETIMEUTC:yyyyMMdd}"}
      new_must: {type: text, max_length: 10, required: ApplicationRequired}
      new_choices: {type: multiselect, options: {${Array.from({ length: 160 }, (_, index) => `${index + 1}: C${index + 1}`).join(", ")}}}
      new_price: {type: money, min: -1000000, max: 1000000, precision: 4, precision_source: 2}
      new_own: {type: money, precision: 3, precision_source: 0}
      new_org: {type: money, precision: 4, precision_source: 1}
      new_flag: {type: boolean, default: true}
      new_color: {type: choice, options: {1: Red, 2: Green}, default: 2}
      new_picture: {type: image, max_size_kb: 1}
      new_second: {type: image}
      new_document: {type: file, max_size_kb: 1}
      new_parent: {type: lookup, schema_name: new_Parent, targets: {new_thing: {navigation: new_Parent, on_delete: Cascade, collection: new_children}}}
      new_strict: {type: lookup, targets: {account: {navigation: new_strict, on_delete: Restrict, collection: new_strict_things}}}
      new_loose: {type: lookup, targets: {account: {navigation: new_loose, on_delete: RemoveLink, collection: new_loose_things}}}
      new_dangling: {type: lookup, targets: {account: {navigation: new_dangling, on_delete: NoCascade, collection: new_dangling_things}}}
      new_any: {type: lookup, schema_name: new_Any, targets: {account: new_Any_account, contact: new_Any_contact}}
      statuscode: {type: status, options: {1: {label: New, state: 0}, 3: {label: Waiting, state: 0}, 2: {label: Done, state: 1}}}
    keys:
      long: [new_long]
    many_to_many:
      new_thing_contact: contact
`;

const tables = parseTables(schema);

export function environment(options: EmulatorOptions = {}): Emulator {
  return emulatorWith({ tables, ...options });
}

/** Status and code, or the status alone where there was no refusal. */
export function outcome(reply: WebReply): string {
  return reply.status < 400 ? String(reply.status) : `${reply.status} ${codeOf(reply)}`;
}

export type Row = Readonly<Record<string, unknown>>;

export function rowOf(emulator: Emulator, table: string, id: string): Row | undefined {
  const name = table === "email" || table === "task" ? "activityid" : `${table}id`;
  return emulator.rows(table).find((row) => row[name] === id);
}
