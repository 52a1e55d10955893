/** The columns that the service itself fills, found once for a table instead of once for a row. */
import { organizationId } from "../messages/functions.ts";
import type { Stored } from "../rows/values.ts";
import type { AlternateKey, Column, Table } from "../schema/types.ts";

export interface MoneyTraits {
  readonly currency: Column;
  readonly rate: Column | undefined;
  readonly amounts: readonly Column[];
  /** In the currency of the organization. */
  readonly bases: readonly { readonly column: Column; readonly of: Column }[];
}

export interface Traits {
  /** A new row before anything was said of it: the defaults of its columns. */
  readonly template: readonly Stored[];
  readonly state: Column | undefined;
  readonly status: Column | undefined;
  readonly createdOn: Column | undefined;
  readonly createdBy: Column | undefined;
  readonly createdOnBehalfBy: Column | undefined;
  readonly modifiedOn: Column | undefined;
  readonly modifiedBy: Column | undefined;
  readonly modifiedOnBehalfBy: Column | undefined;
  readonly overriddenCreatedOn: Column | undefined;
  readonly owner: Column | undefined;
  readonly owningUser: Column | undefined;
  readonly owningTeam: Column | undefined;
  readonly owningBusinessUnit: Column | undefined;
  readonly money: MoneyTraits | undefined;
  readonly autoNumbers: readonly Column[];
  readonly files: readonly Column[];
  /** A person's full name and the parts it is made of. */
  readonly fullName: { readonly whole: Column; readonly parts: readonly Column[] } | undefined;
  /** Keys that may outgrow an index. */
  readonly longKeys: readonly AlternateKey[];
}

const known = new WeakMap<Table, Traits>();

export function traitsOf(table: Table): Traits {
  let traits = known.get(table);
  if (traits === undefined) {
    traits = findTraits(table);
    known.set(table, traits);
  }
  return traits;
}

function findTraits(table: Table): Traits {
  const named = (name: string): Column | undefined => table.byName.get(name);
  return {
    template: templateOf(table),
    state: named("statecode"),
    status: named("statuscode"),
    createdOn: named("createdon"),
    createdBy: named("createdby"),
    createdOnBehalfBy: named("createdonbehalfby"),
    modifiedOn: named("modifiedon"),
    modifiedBy: named("modifiedby"),
    modifiedOnBehalfBy: named("modifiedonbehalfby"),
    overriddenCreatedOn: named("overriddencreatedon"),
    owner: named("ownerid"),
    owningUser: named("owninguser"),
    owningTeam: named("owningteam"),
    owningBusinessUnit: named("owningbusinessunit"),
    money: moneyOf(table),
    autoNumbers: table.columns.filter(({ autoNumber }) => autoNumber !== ""),
    files: table.columns.filter(({ type }) => type === "file"),
    fullName: fullNameOf(table),
    longKeys: table.keys.filter(
      ({ status, custom, columns }) => custom && status === "Active" && columns.some(({ type }) => type === "text"),
    ),
  };
}

function templateOf(table: Table): readonly Stored[] {
  const template = new Array<Stored>(table.width).fill(null);
  for (const { ordinal, type, defaultValue } of table.columns) {
    if (defaultValue !== undefined) {
      template[ordinal] = type === "boolean" ? defaultValue === 1 : defaultValue;
    }
  }
  if (table.kind === "activity") {
    fix(table, template, "activitytypecode", table.name);
  }
  fix(table, template, "organizationid", { table: "organization", id: organizationId });
  return template;
}

function fix(table: Table, template: Stored[], name: string, value: Stored): void {
  const column = table.byName.get(name);
  if (column !== undefined && !column.creatable) {
    template[column.ordinal] = value;
  }
}

function moneyOf(table: Table): MoneyTraits | undefined {
  const currency = table.byName.get("transactioncurrencyid");
  const all = table.columns.filter(({ type }) => type === "money");
  if (currency === undefined || all.length === 0) {
    return undefined;
  }
  const bases = all.flatMap((column) => {
    const of = column.baseOf === undefined ? undefined : table.byName.get(column.baseOf);
    return of === undefined ? [] : [{ column, of }];
  });
  const amounts = all.filter(({ baseOf }) => baseOf === undefined);
  return { currency, rate: table.byName.get("exchangerate"), amounts, bases };
}

function fullNameOf(table: Table): Traits["fullName"] {
  const whole = table.byName.get("fullname");
  const parts = ["firstname", "middlename", "lastname"].flatMap((name) => table.byName.get(name) ?? []);
  return whole === undefined || whole.creatable || parts.length === 0 ? undefined : { whole, parts };
}
