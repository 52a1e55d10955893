/** Prospects, before they become companies and people. */
import type { TableDefinition } from "../definition.ts";
import { addressColumns } from "./address.ts";
import { columns, money, numbered, text } from "./form.ts";

const reasons = ["New", "Contacted", "Qualified", "Lost", "Cannot Contact", "No Longer Interested", "Canceled"];

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
    StateCode: {
      type: "state",
      label: "Status",
      options: numbered(["Open", "Qualified", "Disqualified"], 0),
      default: 0,
      create: false,
      required: "SystemRequired",
    },
    StatusCode: {
      type: "status",
      label: "Status Reason",
      options: Object.fromEntries(
        reasons.map((label, index) => [index + 1, { label, state: index < 2 ? 0 : index === 2 ? 1 : 2 }]),
      ),
    },
  }),
};
