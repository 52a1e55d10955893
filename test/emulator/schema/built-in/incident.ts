/** Cases: what customers report. */
import type { TableDefinition } from "../definition.ts";
import { columns, customer, link, numbered, text } from "./form.ts";
import { lifecycle } from "./lifecycle.ts";

export const incident: TableDefinition = {
  schema_name: "Incident",
  label: "Case",
  object_type_code: 112,
  notes: true,
  activities: true,
  primary_name: "title",
  columns: columns({
    Title: { ...text(200, "Case Title"), required: "ApplicationRequired" },
    TicketNumber: { ...text(100, "Case Number"), autonumber: "CAS-{SEQNUM:5}-{RANDSTRING:6}" },
    Description: { type: "memo", max_length: 2000 },
    CustomerId: customer("Customer", "incident_customer"),
    PrimaryContactId: { ...link("primarycontactid", "contact", "contact_as_primary_contact"), label: "Contact" },
    PriorityCode: { type: "choice", label: "Priority", options: numbered(["High", "Normal", "Low"]), default: 2 },
    SeverityCode: { type: "choice", label: "Severity", options: { 1: "Default Value" }, default: 1 },
    CaseOriginCode: { type: "choice", label: "Origin", options: numbered(["Phone", "Email", "Web"]) },
    ...lifecycle(["Active", "Resolved", "Canceled"], {
      1: ["In Progress", 0],
      2: ["On Hold", 0],
      3: ["Waiting for Details", 0],
      4: ["Researching", 0],
      5: ["Problem Solved", 1],
      6: ["Canceled", 2],
    }),
  }),
};
