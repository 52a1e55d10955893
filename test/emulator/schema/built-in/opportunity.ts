/** Business that may come about. */
import type { TableDefinition } from "../definition.ts";
import { columns, link, money, numbered, text } from "./form.ts";

export const opportunity: TableDefinition = {
  schema_name: "Opportunity",
  entity_set: "opportunities",
  label: "Opportunity",
  object_type_code: 3,
  notes: true,
  activities: true,
  primary_name: "name",
  columns: columns({
    Name: { ...text(300, "Topic"), required: "ApplicationRequired" },
    Description: { type: "memo", max_length: 2000 },
    CustomerId: {
      type: "customer",
      label: "Potential Customer",
      targets: {
        account: { navigation: "customerid_account", relationship: "opportunity_customer_accounts" },
        contact: { navigation: "customerid_contact", relationship: "opportunity_customer_contacts" },
      },
    },
    ParentAccountId: { ...link("parentaccountid", "account", "opportunity_parent_account"), label: "Account" },
    ParentContactId: { ...link("parentcontactid", "contact", "opportunity_parent_contact"), label: "Contact" },
    OriginatingLeadId: link("originatingleadid", "lead", "opportunity_originating_lead"),
    EstimatedValue: { ...money("1000000000000"), label: "Est. Revenue" },
    EstimatedCloseDate: { type: "dateonly", label: "Est. Close Date" },
    CloseProbability: { type: "integer", min: 0, max: 100, label: "Probability" },
    StateCode: {
      type: "state",
      label: "Status",
      options: numbered(["Open", "Won", "Lost"], 0),
      default: 0,
      create: false,
      required: "SystemRequired",
    },
    StatusCode: {
      type: "status",
      label: "Status Reason",
      options: {
        1: { label: "In Progress", state: 0 },
        2: { label: "On Hold", state: 0 },
        3: { label: "Won", state: 1 },
        4: { label: "Canceled", state: 2 },
        5: { label: "Out-Sold", state: 2 },
      },
    },
  }),
};
