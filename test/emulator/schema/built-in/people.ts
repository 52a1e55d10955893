/** Who works with the environment, and the currency in which it counts. */
import type { TableDefinitions } from "../definition.ts";
import { columns, link, text } from "./form.ts";

export const people: TableDefinitions = {
  systemuser: {
    schema_name: "SystemUser",
    label: "User",
    object_type_code: 8,
    ownership: "business",
    bulk: false,
    primary_name: "fullname",
    columns: columns({
      FullName: text(200),
      FirstName: text(256),
      LastName: text(256),
      DomainName: text(1024, "User Name"),
      InternalEMailAddress: { ...text(100, "Primary Email"), format: "Email" },
      ApplicationId: { type: "guid" },
      AzureActiveDirectoryObjectId: { type: "guid", label: "Azure AD Object ID" },
      IsDisabled: { type: "boolean", label: "Status", default: false },
      BusinessUnitId: link("businessunitid", "businessunit", "business_unit_system_users", "Restrict"),
      TransactionCurrencyId: link(
        "transactioncurrencyid",
        "transactioncurrency",
        "TransactionCurrency_SystemUser",
        "Restrict",
      ),
    }),
  },
  team: {
    schema_name: "Team",
    label: "Team",
    object_type_code: 9,
    ownership: "business",
    bulk: false,
    primary_name: "name",
    columns: columns({
      Name: { ...text(160, "Team Name"), required: "ApplicationRequired" },
      Description: { type: "memo", max_length: 2000 },
      BusinessUnitId: link("businessunitid", "businessunit", "business_unit_teams", "Restrict"),
      AdministratorId: link("administratorid", "systemuser", "lk_teambase_administratorid", "Restrict"),
    }),
    many_to_many: { teammembership_association: { table: "systemuser", intersect: "TeamMembership" } },
  },
  businessunit: {
    schema_name: "BusinessUnit",
    label: "Business Unit",
    object_type_code: 10,
    ownership: "business",
    bulk: false,
    primary_name: "name",
    columns: columns({
      Name: { ...text(160), required: "SystemRequired" },
      ParentBusinessUnitId: link(
        "parentbusinessunitid",
        "businessunit",
        "business_unit_parent_business_unit",
        "Restrict",
      ),
    }),
  },
  transactioncurrency: {
    schema_name: "TransactionCurrency",
    entity_set: "transactioncurrencies",
    label: "Currency",
    collection_label: "Currencies",
    object_type_code: 9105,
    ownership: "organization",
    bulk: false,
    primary_name: "currencyname",
    columns: columns({
      CurrencyName: text(100),
      ISOCurrencyCode: text(5, "Currency Code"),
      CurrencySymbol: text(13),
      CurrencyPrecision: { type: "integer", min: 0, max: 4 },
      ExchangeRate: { type: "decimal", min: "0.0000000001", precision: 10 },
    }),
  },
};
