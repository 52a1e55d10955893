/** Companies. The service gives them no alternate key. */
import type { TableDefinition } from "../definition.ts";
import { addressColumns } from "./address.ts";
import { columns, link, money, numbered, text } from "./form.ts";

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

export const account: TableDefinition = {
  schema_name: "Account",
  label: "Account",
  object_type_code: 1,
  primary_name: "name",
  primary_image: "entityimage",
  notes: true,
  activities: true,
  columns: columns({
    Name: { ...text(160, "Account Name"), required: "ApplicationRequired" },
    AccountNumber: text(20),
    Description: { type: "memo", max_length: 2000 },
    CreditLimit: money("100000000000"),
    Revenue: { ...money("100000000000000"), label: "Annual Revenue" },
    MarketCap: { ...money("100000000000000"), label: "Market Capitalization" },
    CreditOnHold: { type: "boolean", label: "Credit Hold", default: false },
    DoNotEMail: { type: "boolean", label: "Do not allow Emails", default: false },
    DoNotPhone: { type: "boolean", label: "Do not allow Phone Calls", default: false },
    NumberOfEmployees: { type: "integer", min: 0, max: 1_000_000_000, label: "Number of Employees" },
    IndustryCode: { type: "choice", label: "Industry", options: numbered(industries) },
    CustomerTypeCode: {
      type: "choice",
      label: "Relationship Type",
      options: numbered(["Competitor", "Consultant", "Customer"]),
    },
    AccountCategoryCode: {
      type: "choice",
      label: "Category",
      options: numbered(["Preferred Customer", "Standard"]),
    },
    LastOnHoldTime: { type: "datetime", behavior: "UserLocal" },
    EMailAddress1: { ...text(100, "Email"), format: "Email" },
    Telephone1: { ...text(50, "Main Phone"), format: "Phone" },
    Fax: text(50),
    WebSiteURL: { ...text(200, "Website"), format: "Url" },
    TickerSymbol: text(10),
    SIC: text(20, "SIC Code"),
    ParentAccountId: {
      ...link("parentaccountid", "account", "account_parent_account"),
      label: "Parent Account",
    },
    PrimaryContactId: {
      ...link("primarycontactid", "contact", "account_primary_contact"),
      label: "Primary Contact",
    },
    OriginatingLeadId: {
      ...link("originatingleadid", "lead", "account_originating_lead"),
      label: "Originating Lead",
    },
    EntityImage: { type: "image", label: "Default Image" },
    ...addressColumns("Address1"),
    ...addressColumns("Address2"),
  }),
};
