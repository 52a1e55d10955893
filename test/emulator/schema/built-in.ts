/** The tables that an empty environment has, as far as loads into them need. Alternate keys: none, as in the service. */
import type { ColumnDefinition, Definitions } from "./definition.ts";

const text = (max_length: number): ColumnDefinition => ({ type: "text", max_length });
const named = (label: string, column: ColumnDefinition): ColumnDefinition => ({ ...column, label });

function addressColumns(prefix: string): Readonly<Record<string, ColumnDefinition>> {
  return {
    [`${prefix}_name`]: text(200),
    [`${prefix}_line1`]: text(250),
    [`${prefix}_line2`]: text(250),
    [`${prefix}_line3`]: text(250),
    [`${prefix}_city`]: text(80),
    [`${prefix}_stateorprovince`]: text(50),
    [`${prefix}_postalcode`]: text(20),
    [`${prefix}_country`]: text(80),
    [`${prefix}_telephone1`]: text(50),
    [`${prefix}_latitude`]: { type: "float", min: -90, max: 90, precision: 5 },
    [`${prefix}_longitude`]: { type: "float", min: -180, max: 180, precision: 5 },
  };
}

const industries = [
  "Accounting",
  "Agriculture and Non-petrol Natural Resource Extraction",
  "Broadcasting Printing and Publishing",
  "Brokers",
  "Building Supply Retail",
  "Business Services",
  "Consulting",
  "Consumer Services",
];

const account: Readonly<Record<string, ColumnDefinition>> = {
  name: { type: "text", max_length: 160, label: "Account Name", required: "ApplicationRequired" },
  accountnumber: named("Account Number", text(20)),
  description: { type: "memo", max_length: 2000, label: "Description" },
  creditlimit: { type: "money", min: 0, max: "100000000000", precision: 2, precision_source: 2, label: "Credit Limit" },
  revenue: {
    type: "money",
    min: 0,
    max: "100000000000000",
    precision: 2,
    precision_source: 2,
    label: "Annual Revenue",
  },
  creditonhold: { type: "boolean" },
  donotemail: { type: "boolean" },
  donotphone: { type: "boolean" },
  numberofemployees: { type: "integer", min: 0, max: 1_000_000_000 },
  industrycode: {
    type: "choice",
    label: "Industry",
    options: Object.fromEntries(industries.map((label, index) => [String(index + 1), label])),
  },
  customertypecode: { type: "choice", options: { "1": "Competitor", "2": "Consultant", "3": "Customer" } },
  accountcategorycode: { type: "choice", options: { "1": "Preferred Customer", "2": "Standard" } },
  lastonholdtime: { type: "datetime" },
  emailaddress1: text(100),
  telephone1: text(50),
  fax: text(50),
  websiteurl: text(200),
  tickersymbol: text(10),
  sic: text(20),
  marketcap: { type: "money", min: 0, max: "100000000000000", precision: 2, precision_source: 2 },
  parentaccountid: { type: "lookup", targets: ["account"] },
  primarycontactid: { type: "lookup", targets: ["contact"] },
  ...addressColumns("address1"),
  ...addressColumns("address2"),
};

const contact: Readonly<Record<string, ColumnDefinition>> = {
  fullname: { type: "text", max_length: 160, create: false, update: false },
  firstname: text(50),
  lastname: { type: "text", max_length: 50, required: "ApplicationRequired" },
  jobtitle: text(100),
  emailaddress1: text(100),
  telephone1: text(50),
  mobilephone: text(50),
  description: { type: "memo", max_length: 2000 },
  birthdate: { type: "dateonly" },
  creditlimit: { type: "money", min: 0, max: "100000000000", precision: 2, precision_source: 2 },
  numberofchildren: { type: "integer", min: 0, max: 1_000_000_000 },
  donotemail: { type: "boolean" },
  gendercode: { type: "choice", options: { "1": "Male", "2": "Female" } },
  externaluseridentifier: text(50),
  parentcustomerid: {
    type: "lookup",
    targets: { account: "parentcustomerid_account", contact: "parentcustomerid_contact" },
  },
  ...addressColumns("address1"),
};

export const builtInDefinitions: Definitions = {
  account: { schema_name: "Account", primary_name: "name", columns: account },
  contact: { schema_name: "Contact", primary_name: "fullname", columns: contact },
  systemuser: {
    schema_name: "SystemUser",
    label: "User",
    primary_name: "fullname",
    columns: {
      fullname: text(200),
      firstname: text(256),
      lastname: text(256),
      domainname: text(1024),
      internalemailaddress: text(100),
      applicationid: { type: "guid" },
      isdisabled: { type: "boolean" },
      businessunitid: { type: "lookup", targets: ["businessunit"] },
    },
  },
  team: {
    schema_name: "Team",
    primary_name: "name",
    columns: {
      name: text(160),
      description: { type: "memo", max_length: 2000 },
      businessunitid: { type: "lookup", targets: ["businessunit"] },
    },
  },
  businessunit: {
    schema_name: "BusinessUnit",
    label: "Business Unit",
    primary_name: "name",
    columns: { name: text(160), parentbusinessunitid: { type: "lookup", targets: ["businessunit"] } },
  },
  transactioncurrency: {
    schema_name: "TransactionCurrency",
    entity_set: "transactioncurrencies",
    label: "Currency",
    primary_name: "currencyname",
    columns: {
      currencyname: text(100),
      isocurrencycode: text(5),
      currencysymbol: text(13),
      currencyprecision: { type: "integer", min: 0, max: 4 },
      exchangerate: { type: "decimal", min: "0.0000000001", precision: 10 },
    },
  },
};
