/** The columns that the service gives a table of its own accord, by kind and ownership. */
import type { ColumnDefinition, TableDefinition, TargetDefinition } from "./definition.ts";

type Columns = Readonly<Record<string, ColumnDefinition>>;

export interface Subject {
  readonly name: string;
  readonly schemaName: string;
  readonly setName: string;
  readonly custom: boolean;
  readonly kind: NonNullable<TableDefinition["kind"]>;
  readonly ownership: NonNullable<TableDefinition["ownership"]>;
}

const readOnly = { create: false, update: false } as const;

/** Columns that nearly every row fills, and those that few do: a stored row is as long as its last value. */
export interface SystemColumns {
  readonly usual: Columns;
  readonly rare: Columns;
}

export function systemColumns(subject: Subject): SystemColumns {
  const { ownership } = subject;
  const dated = ownership !== "none";
  return {
    usual: {
      ...(dated ? audited(subject) : {}),
      versionnumber: { type: "bigint", schema_name: "VersionNumber", label: "Version Number", ...readOnly },
      ...(ownership === "user" ? owned(subject) : {}),
      ...(ownership === "organization" ? belonging(subject) : {}),
      ...(ownership === "user" || ownership === "organization" ? states(subject) : {}),
    },
    rare: {
      ...(subject.kind === "elastic" ? partitioned : {}),
      ...(dated ? imported(subject) : {}),
    },
  };
}

function audited(subject: Subject): Columns {
  return {
    createdon: { type: "datetime", schema_name: "CreatedOn", label: "Created On", ...readOnly },
    modifiedon: { type: "datetime", schema_name: "ModifiedOn", label: "Modified On", ...readOnly },
    createdby: by(subject, "CreatedBy", "Created By"),
    modifiedby: by(subject, "ModifiedBy", "Modified By"),
  };
}

function by({ name, custom, kind }: Subject, schemaName: string, label: string): ColumnDefinition {
  const column = schemaName.toLowerCase();
  const base = custom || kind === "activity" ? name : `${name}base`;
  return {
    type: "lookup",
    schema_name: schemaName,
    label,
    targets: { systemuser: kept(column, `lk_${base}_${column}`) },
    ...readOnly,
  };
}

/** A link that no delete of the target touches. */
function kept(navigation: string, relationship: string): TargetDefinition {
  return { navigation, relationship, on_delete: "NoCascade" };
}

function owned({ name, setName, custom }: Subject): Columns {
  const many = custom ? name : setName;
  const owner = kept("ownerid", `owner_${many}`);
  return {
    ownerid: {
      type: "lookup",
      kind: "owner",
      schema_name: "OwnerId",
      label: "Owner",
      required: "SystemRequired",
      targets: { systemuser: owner, team: owner },
    },
    owningbusinessunit: owning("OwningBusinessUnit", "businessunit", `business_unit_${many}`),
    owninguser: owning("OwningUser", "systemuser", `user_${many}`),
    owningteam: owning("OwningTeam", "team", `team_${many}`),
  };
}

function owning(schemaName: string, table: string, relationship: string): ColumnDefinition {
  const navigation = schemaName.toLowerCase();
  return {
    type: "lookup",
    schema_name: schemaName,
    label: schemaName.replace("Owning", "Owning ").replace("BusinessUnit", "Business Unit"),
    targets: { [table]: kept(navigation, relationship) },
    ...readOnly,
  };
}

function belonging({ name }: Subject): Columns {
  return {
    organizationid: {
      type: "lookup",
      schema_name: "OrganizationId",
      label: "Organization Id",
      targets: { organization: kept("organizationid", `organization_${name}`) },
      ...readOnly,
    },
  };
}

function states({ kind, custom }: Subject): Columns {
  const [state, status] = custom ? ["statecode", "statuscode"] : ["StateCode", "StatusCode"];
  const labels =
    kind === "activity"
      ? { states: ["Open", "Completed", "Canceled"], statuses: ["Open", "Completed", "Canceled"] }
      : { states: ["Active", "Inactive"], statuses: ["Active", "Inactive"] };
  return {
    statecode: {
      type: "state",
      schema_name: state,
      label: "Status",
      options: Object.fromEntries(labels.states.map((label, index) => [index, label])),
      default: 0,
      create: false,
      required: "SystemRequired",
    },
    statuscode: {
      type: "status",
      schema_name: status,
      label: "Status Reason",
      options: Object.fromEntries(labels.statuses.map((label, index) => [index + 1, { label, state: index }])),
    },
  };
}

function imported(subject: Subject): Columns {
  const numbered = { type: "integer", min: -1, max: 2_147_483_647 } as const;
  return {
    createdonbehalfby: by(subject, "CreatedOnBehalfBy", "Created By (Delegate)"),
    modifiedonbehalfby: by(subject, "ModifiedOnBehalfBy", "Modified By (Delegate)"),
    importsequencenumber: {
      type: "integer",
      schema_name: "ImportSequenceNumber",
      label: "Import Sequence Number",
      update: false,
    },
    overriddencreatedon: {
      type: "datetime",
      format: "DateOnly",
      schema_name: "OverriddenCreatedOn",
      label: "Record Created On",
      update: false,
    },
    timezoneruleversionnumber: {
      ...numbered,
      schema_name: "TimeZoneRuleVersionNumber",
      label: "Time Zone Rule Version Number",
    },
    utcconversiontimezonecode: {
      ...numbered,
      schema_name: "UTCConversionTimeZoneCode",
      label: "UTC Conversion Time Zone Code",
    },
  };
}

/** The columns of elastic tables that say where a row lies and how long. */
const partitioned: Columns = {
  partitionid: { type: "text", max_length: 1024, schema_name: "PartitionId", label: "Partition Id", update: false },
  ttlinseconds: {
    type: "integer",
    schema_name: "TTLInSeconds",
    label: "Time to live",
    min: 0,
  },
};

/** What comes with the first money column: the currency, the rate, and every amount in the base currency. */
export function moneyColumns({ name, custom }: Subject, own: Columns): Columns {
  const amounts = Object.entries(own).filter(([, column]) => column.type === "money" && column.base_of === undefined);
  if (amounts.length === 0) {
    return {};
  }
  const currency = custom ? `TransactionCurrency_${name}` : `transactioncurrency_${name}`;
  return {
    transactioncurrencyid: {
      type: "lookup",
      schema_name: "TransactionCurrencyId",
      label: "Currency",
      targets: {
        transactioncurrency: { navigation: "transactioncurrencyid", relationship: currency, on_delete: "Restrict" },
      },
    },
    exchangerate: {
      type: "decimal",
      schema_name: "ExchangeRate",
      label: "Exchange Rate",
      min: "0.000000000001",
      precision: 10,
      ...readOnly,
    },
    ...Object.fromEntries(
      amounts
        .filter(([column]) => own[`${column}_base`] === undefined)
        .map(([column, definition]) => [`${column}_base`, baseColumn(column, definition)]),
    ),
  };
}

function baseColumn(column: string, { schema_name = column, label }: ColumnDefinition): ColumnDefinition {
  const schemaName = `${schema_name}_Base`;
  return {
    type: "money",
    schema_name: schemaName,
    label: `${label ?? schema_name} (Base)`,
    precision: 4,
    precision_source: 2,
    base_of: column,
    ...readOnly,
  };
}
