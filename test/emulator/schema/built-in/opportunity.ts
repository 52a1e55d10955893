/** Business that may come about. */
import type { TableDefinition } from "../definition.ts";
import { columns, customer, link, money, text } from "./form.ts";
import { lifecycle } from "./lifecycle.ts";

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
    CustomerId: customer("Potential Customer", "opportunity_customer"),
    ParentAccountId: { ...link("parentaccountid", "account", "opportunity_parent_account"), label: "Account" },
    ParentContactId: { ...link("parentcontactid", "contact", "opportunity_parent_contact"), label: "Contact" },
    OriginatingLeadId: link("originatingleadid", "lead", "opportunity_originating_lead"),
    EstimatedValue: { ...money("1000000000000"), label: "Est. Revenue" },
    EstimatedCloseDate: { type: "dateonly", label: "Est. Close Date" },
    CloseProbability: { type: "integer", min: 0, max: 100, label: "Probability" },
    ...lifecycle(["Open", "Won", "Lost"], {
      1: ["In Progress", 0],
      2: ["On Hold", 0],
      3: ["Won", 1],
      4: ["Canceled", 2],
      5: ["Out-Sold", 2],
    }),
  }),
};
