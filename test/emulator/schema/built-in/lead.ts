/** Prospects, before they become companies and people. */
import type { TableDefinition } from "../definition.ts";
import { addressColumns } from "./address.ts";
import { columns, money, numbered, text } from "./form.ts";
import { lifecycle } from "./lifecycle.ts";

export const lead: TableDefinition = {
  schema_name: "Lead",
  label: "Lead",
  object_type_code: 4,
  notes: true,
  activities: true,
  primary_name: "fullname",
  columns: columns({
    FullName: { ...text(160, "Name"), create: false, update: false },
    FirstName: text(50),
    LastName: { ...text(50), required: "ApplicationRequired" },
    Subject: { ...text(300, "Topic"), required: "ApplicationRequired" },
    CompanyName: text(100),
    JobTitle: text(100),
    EMailAddress1: { ...text(100, "Email"), format: "Email" },
    Telephone1: { ...text(50, "Business Phone"), format: "Phone" },
    Description: { type: "memo", max_length: 2000 },
    EstimatedAmount: money("1000000000000"),
    LeadQualityCode: { type: "choice", label: "Rating", options: numbered(["Hot", "Warm", "Cold"]), default: 2 },
    ...addressColumns("Address1"),
    ...lifecycle(["Open", "Qualified", "Disqualified"], {
      1: ["New", 0],
      2: ["Contacted", 0],
      3: ["Qualified", 1],
      4: ["Lost", 2],
      5: ["Cannot Contact", 2],
      6: ["No Longer Interested", 2],
      7: ["Canceled", 2],
    }),
  }),
};
