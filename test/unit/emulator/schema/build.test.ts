import { describe, expect, it } from "vitest";
import { parseSchema } from "../../../emulator/schema/load.ts";
import type { Column, Table } from "../../../emulator/schema/types.ts";

function table(yaml: string, name = "new_a"): Table {
  const found = parseSchema(yaml).tables.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`There is no table ${name}.`);
  }
  return found;
}

function column(form: string, head = ""): Column {
  const found = table(`${head}\ntables: {new_a: {columns: {new_x: {${form}}}}}`).byName.get("new_x");
  if (found === undefined) {
    throw new Error("There is no column.");
  }
  return found;
}

const systemNames = ["createdon", "modifiedon", "createdby", "modifiedby", "versionnumber", "statecode", "statuscode"];

describe("a table in a file", () => {
  it("has the service's own columns, an owner, and bulk messages", () => {
    const one = table("tables: {new_a: {}}");
    expect([...one.byName.keys()]).toEqual(expect.arrayContaining([...systemNames, "ownerid", "owningbusinessunit"]));
    expect(one).toMatchObject({ kind: "standard", owned: true, bulk: true, changeTracking: true, custom: true });
  });

  it("of the organization has no owner", () => {
    const one = table("tables: {new_a: {ownership: organization, change_tracking: false, bulk: false}}");
    expect(one).toMatchObject({ owned: false, ownership: "OrganizationOwned", changeTracking: false, bulk: false });
    expect(one.byName.has("ownerid")).toBe(false);
    expect(one.byName.has("organizationid")).toBe(true);
  });

  it("that is elastic has a partition, a life and one key", () => {
    const one = table("tables: {new_a: {kind: elastic}}");
    expect(one.byName.get("partitionid")).toMatchObject({ maxLength: 1024, updatable: false });
    expect(one.byName.get("ttlinseconds")?.type).toBe("integer");
    expect(one.keys.map(({ name, columns }) => [name, columns.map((part) => part.name)])).toEqual([
      ["KeyForNoSqlEntityWithPKPartitionId", ["new_aid", "partitionid"]],
    ]);
  });

  it("that is an activity is about others and has parties", () => {
    const yaml = "tables: {new_a: {kind: activity}}";
    const one = table(yaml);
    expect(one).toMatchObject({ kind: "activity", primaryName: "subject", primaryId: { name: "activityid" } });
    expect([...one.navigations.keys()]).toContain("regardingobjectid_account_new_a");
    expect(one.collections.get("new_a_activity_parties")).toMatchObject({
      table: "activityparty",
      column: "activityid",
    });
    expect(one.byName.get("actualdurationminutes")).toMatchObject({ type: "integer", format: "Duration" });
  });

  it("may be what notes and activities are about", () => {
    const yaml = "tables: {new_a: {schema_name: new_A, notes: true, activities: true}}";
    expect([...table(yaml, "annotation").navigations.keys()]).toContain("objectid_new_a");
    expect([...table(yaml, "task").navigations.keys()]).toContain("regardingobjectid_new_a_task");
    expect([...table(yaml).collections.keys()]).toEqual(expect.arrayContaining(["new_A_Annotations", "new_A_Tasks"]));
  });

  it("has the currency and the base amount of its money", () => {
    const one = table("tables: {new_a: {columns: {new_m: {type: money}}}}");
    expect(one.byName.get("new_m_base")).toMatchObject({ baseOf: "new_m", creatable: false, updatable: false });
    expect(one.byName.has("transactioncurrencyid")).toBe(true);
    expect(one.byName.has("exchangerate")).toBe(true);
  });

  it("may name its own states and their statuses", () => {
    const one = table(`
tables:
  new_a:
    columns:
      statecode: {type: state, options: {0: Open, 1: Closed}}
      statuscode: {type: status, options: {1: {label: New, state: 0}, 2: {label: Late, state: 0}, 3: {label: Done, state: 1}}}
`);
    expect(one.byName.get("statecode")).toMatchObject({ creatable: false, required: "SystemRequired" });
    expect(one.byName.get("statuscode")?.options.map(({ state }) => state)).toEqual([0, 0, 1]);
  });
});

describe("a column in a file", () => {
  it.each([
    ["type: duration", { type: "integer", format: "Duration" }],
    ["type: multiselect, options: {1: A, 2: B}", { type: "multiselect" }],
    ["type: image", { type: "image", maxSizeKb: 30_720 }],
    ["type: file, max_size_kb: 10", { type: "file", maxSizeKb: 10 }],
    ["type: text, autonumber: 'A-{SEQNUM:4}'", { autoNumber: "A-{SEQNUM:4}" }],
    ["type: text, format: Email", { format: "Email" }],
    ["type: decimal, source: calculated", { source: "calculated", creatable: false, updatable: false }],
    ["type: boolean, default: true", { defaultValue: 1 }],
    ["type: choice, options: {1: A}, default: 1", { defaultValue: 1 }],
    ["type: customer", { type: "lookup", kind: "customer" }],
  ])("can be {%s}", (form, expected) => {
    expect(column(form)).toMatchObject(expected);
  });

  it("names its options in several languages", () => {
    const { options } = column("type: choice, options: {1: {label: Red, labels: {1036: Rouge}}}");
    expect(options).toEqual([{ value: 1, label: "Red", labels: new Map([[1036, "Rouge"]]) }]);
  });

  it("shares the options of a global choice", () => {
    const head = "choices: {new_prio: {label: Priority, options: {1: Low, 2: High}}}";
    expect(column("type: choice, choice: new_prio", head)).toMatchObject({
      choice: "new_prio",
      options: [{ value: 1 }, { value: 2 }],
    });
    expect(parseSchema(`${head}\ntables: {}`).choices).toMatchObject([{ name: "new_prio", label: "Priority" }]);
  });

  it("points to others by names of its own", () => {
    const yaml =
      "tables: {new_a: {columns: {new_x: {type: lookup, targets: {account: {navigation: new_Nav, relationship: new_rel, collection: new_back, on_delete: Restrict}}}}}}";
    expect(table(yaml).byName.get("new_x")?.targets).toEqual([
      {
        table: "account",
        navigation: "new_Nav",
        relationship: "new_rel",
        collection: "new_back",
        onDelete: "Restrict",
      },
    ]);
    expect(table(yaml, "account").collections.get("new_back")).toEqual({
      kind: "oneToMany",
      name: "new_back",
      table: "new_a",
      column: "new_x",
    });
  });
});

describe("many-to-many relationships in a file", () => {
  it("are collections on both sides and a table of links", () => {
    const yaml = "tables: {new_a: {many_to_many: {new_a_contact: contact}}}";
    expect(table(yaml).collections.get("new_a_contact")).toMatchObject({
      kind: "manyToMany",
      table: "contact",
      intersect: "new_a_contact",
      here: "new_aid",
      there: "contactid",
    });
    expect(table(yaml, "contact").collections.get("new_a_contact")).toMatchObject({
      table: "new_a",
      here: "contactid",
    });
    expect(table(yaml, "new_a_contact")).toMatchObject({ kind: "intersect", bulk: false, owned: false });
  });

  it("may join a table with itself", () => {
    const yaml = "tables: {new_a: {many_to_many: {new_a_a: {table: new_a, intersect: new_links}}}}";
    expect([...table(yaml).collections.keys()]).toEqual(["Referencingnew_a_a", "Referencednew_a_a"]);
    expect(table(yaml, "new_links").columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["new_aidone", "new_aidtwo"]),
    );
  });
});

const inColumn = (form: string): string => `tables: {new_a: {columns: {new_x: {${form}}}}}`;

describe("nonsense in a file is refused with a sentence", () => {
  it.each([
    [inColumn("type: text, max_length: 4001"), "new_a.new_x has the max_length 4001; from 1 to 4000 are allowed"],
    [inColumn("type: integer, max_length: 5"), "new_a.new_x is of type integer, which has no max_length"],
    [inColumn("type: text, options: {1: A}"), "new_a.new_x is of type text, which has no options"],
    [inColumn("type: integer, min: 5, max: 1"), "new_a.new_x has a min above its max"],
    [inColumn("type: decimal, precision: 11"), "new_a.new_x has the precision 11; from 0 to 10 are allowed"],
    [inColumn("type: integer, min: many"), "new_a.new_x has the min many, which is no number"],
    [inColumn("type: choice, options: {red: Red}"), "new_a.new_x has an option without a whole number: Red"],
    [inColumn("type: choice, options: {1: {state: 1}}"), "new_a.new_x.options.1 has no label"],
    [inColumn("type: choice, choice: nothing"), "new_a.new_x has the unknown choice nothing"],
    [inColumn("type: lookup"), "new_a.new_x is a lookup without targets"],
    [inColumn("type: lookup, targets: {account: {on_delete: Perhaps}}"), "on_delete is Perhaps; known: RemoveLink"],
    [inColumn("type: integer, autonumber: x"), "new_a.new_x has an autonumber but is no text"],
    [inColumn("type: text, required: Always"), "new_a.new_x.required is Always"],
    [inColumn("type: text, schema_name: new_Y"), "new_a.new_x has the schema name new_Y"],
    [inColumn("type: state, options: {0: A}"), "new_a.new_x cannot be of type state"],
    ["tables: {new_a: {kind: odd}}", "new_a.kind is odd; known: standard, elastic, activity"],
    ["tables: {new_a: {ownership: nobody}}", "new_a.ownership is nobody"],
    ["tables: {new_a: {bulk: maybe}}", "new_a.bulk must be true or false"],
    ["tables: {New_A: {}}", "New_A is no logical name"],
    ["tables: {new_a: {entity_set: accounts}}", "new_a has the entity set accounts, which account has already"],
    ["tables: {new_a: {primary_name: new_x}}", "new_a has the primary_name new_x, which is no column of it"],
    ["tables: {new_a: {primary_image: new_x}}", "new_a has the primary_image new_x, which is no image column"],
    [
      "tables: {new_a: {kind: elastic, columns: {new_x: {type: money}}}}",
      "of type money, which elastic tables do not have",
    ],
    ["tables: {account: {keys: {k: [creditonhold]}}}", "whose type boolean cannot be in a key"],
    ["tables: {account: {keys: {k: [name, name]}}}", "the key k of account must name 1 to 16 different columns"],
    ["tables: {account: {keys: {k: {columns: [name], status: Soon}}}}", "has the unknown status Soon"],
    ["tables: {new_a: {many_to_many: {new_r: nothing}}}", "points to the unknown table nothing"],
    [
      "tables: {new_a: {columns: {statuscode: {type: status, options: {1: {label: A, state: 7}}}}}}",
      "of the unknown state 7",
    ],
    [
      "tables: {new_a: {columns: {new_x: {type: lookup, targets: {account: n}}, new_y: {type: lookup, targets: {account: n}}}}}",
      "have the same navigation property n",
    ],
    [
      "tables: {new_a: {columns: {new_x: {type: lookup, targets: {account: {collection: c}}}, new_y: {type: lookup, targets: {account: {collection: c}}}}}}",
      "account would have two collections named c",
    ],
    ["tabels: {}", "the file has the unknown field tabels"],
  ])("%s", (yaml, sentence) => {
    expect(() => parseSchema(yaml)).toThrow(sentence);
  });
});
