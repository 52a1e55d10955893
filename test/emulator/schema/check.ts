/** Whether a YAML document has the form of definition.ts: known fields, of the right kind. What they mean together is checked while building. */
import type { Definitions } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";

type Check = (value: unknown, where: string) => void;
type Form = Readonly<Record<string, Check>>;

const text = ofKind("string", "a text");
const flag = ofKind("boolean", "true or false");
const whole: Check = (value, where) => {
  if (!Number.isInteger(value)) {
    throw new SchemaError(`${where} must be a whole number`);
  }
};
const amount: Check = (value, where) => {
  if (typeof value !== "number" && typeof value !== "string") {
    throw new SchemaError(`${where} must be a number`);
  }
};
/** Any value that is no list and no mapping. */
const scalar: Check = (value, where) => {
  if (!["string", "number", "boolean"].includes(typeof value)) {
    throw new SchemaError(`${where} must be a text, a number, true or false`);
  }
};
const texts: Check = (value, where) => {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new SchemaError(`${where} must be a list of names`);
  }
};

function ofKind(kind: "string" | "boolean", name: string): Check {
  return (value, where) => {
    if (typeof value !== kind) {
      throw new SchemaError(`${where} must be ${name}`);
    }
  };
}

function oneOf(...members: readonly (string | number)[]): Check {
  return (value, where) => {
    if (!members.some((member) => member === value)) {
      throw new SchemaError(`${where} is ${String(value)}; known: ${members.join(", ")}`);
    }
  };
}

/** A mapping of any names, every value of which passes the check. */
function each(
  check: Check,
  join: (where: string, name: string) => string = (where, name) => `${where}.${name}`,
): Check {
  return (value, where) => {
    for (const [name, item] of Object.entries(record(value, where))) {
      check(item, join(where, name));
    }
  };
}

/** A mapping of known fields. */
function form(fields: Form, needed: readonly string[] = []): Check {
  return (value, where) => {
    const given = record(value, where);
    for (const [name, item] of Object.entries(given)) {
      const check = fields[name];
      if (check === undefined) {
        throw new SchemaError(`${where} has the unknown field ${name}; known: ${Object.keys(fields).join(", ")}`);
      }
      check(item, `${where}.${name}`);
    }
    const missing = needed.find((name) => given[name] === undefined);
    if (missing !== undefined) {
      throw new SchemaError(`${where} has no ${missing}`);
    }
  };
}

function either(simple: Check, isSimple: (value: unknown) => boolean, full: Check): Check {
  return (value, where) => (isSimple(value) ? simple : full)(value, where);
}

const isText = (value: unknown): boolean => typeof value === "string";

const option = either(text, isText, form({ label: text, labels: each(text), state: whole }, ["label"]));
const options = each(option);

const target = either(
  text,
  isText,
  form({
    navigation: text,
    relationship: text,
    collection: text,
    on_delete: oneOf("RemoveLink", "Restrict", "Cascade", "NoCascade"),
  }),
);

const column = form(
  {
    type: text,
    schema_name: text,
    label: text,
    description: text,
    max_length: whole,
    min: amount,
    max: amount,
    precision: whole,
    precision_source: oneOf(0, 1, 2),
    behavior: oneOf("UserLocal", "TimeZoneIndependent"),
    options,
    choice: text,
    default: (value, where) => (typeof value === "boolean" ? flag : whole)(value, where),
    targets: either(texts, Array.isArray, each(target)),
    create: flag,
    update: flag,
    required: oneOf("None", "Recommended", "ApplicationRequired", "SystemRequired"),
    format: text,
    autonumber: text,
    source: oneOf("simple", "calculated", "rollup"),
    max_size_kb: whole,
  },
  ["type"],
);

const key = either(texts, Array.isArray, form({ columns: texts, status: text, label: text }, ["columns"]));

const link = either(
  text,
  isText,
  form({ table: text, intersect: text, collection: text, other_collection: text }, ["table"]),
);

const refusal = form({ column: text, equals: scalar, code: text, message: text }, ["column", "equals"]);

const table = form({
  entity_set: text,
  schema_name: text,
  label: text,
  collection_label: text,
  description: text,
  kind: oneOf("standard", "elastic", "activity"),
  ownership: oneOf("user", "organization", "none"),
  change_tracking: flag,
  bulk: flag,
  notes: flag,
  activities: flag,
  primary_id: text,
  primary_name: text,
  primary_image: text,
  columns: (value, where) => each(column, (_whole, name) => `${where.replace(/\.columns$/, "")}.${name}`)(value, where),
  keys: each(key),
  duplicate_rules: each(texts),
  refuse_when: (value, where) => {
    if (!Array.isArray(value)) {
      throw new SchemaError(`${where} must be a list`);
    }
    for (const [index, item] of value.entries()) {
      refusal(item, `${where}[${index}]`);
    }
  },
  many_to_many: each(link),
});

const tables = each(table, (_where, name) => name);
const choices = each(form({ label: text, options }, ["options"]));

/** The document as definitions. Throws a SchemaError that names the field. */
export function checkForms(document: unknown): Definitions {
  const { tables: givenTables = {}, choices: givenChoices = {}, ...others } = record(document, "the file");
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new SchemaError(`the file has the unknown field ${unknown}; known: tables, choices`);
  }
  tables(givenTables, "tables");
  choices(givenChoices, "choices");
  // Every field has been checked just now.
  return { tables: givenTables as Definitions["tables"], choices: givenChoices as Definitions["choices"] };
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SchemaError(`${where} must be a mapping of names`);
  }
  return value as Readonly<Record<string, unknown>>;
}
