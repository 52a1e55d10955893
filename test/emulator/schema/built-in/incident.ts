/** Cases: what customers report. */
import type { TableDefinition } from "../definition.ts";
import { columns, link, numbered, text } from "./form.ts";

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
    CustomerId: {
      type: "customer",
      label: "Customer",
      targets: {
        account: { navigation: "customerid_account", relationship: "incident_customer_accounts" },
        contact: { navigation: "customerid_contact", relationship: "incident_customer_contacts" },
      },
    },
    PrimaryContactId: { ...link("primarycontactid", "contact", "contact_as_primary_contact"), label: "Contact" },
    PriorityCode: { type: "choice", label: "Priority", options: numbered(["High", "Normal", "Low"]), default: 2 },
    SeverityCode: { type: "choice", label: "Severity", options: { 1: "Default Value" }, default: 1 },
    CaseOriginCode: { type: "choice", label: "Origin", options: numbered(["Phone", "Email", "Web"]) },
    StateCode: {
      type: "state",
      label: "Status",
      options: numbered(["Active", "Resolved", "Canceled"], 0),
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
        3: { label: "Waiting for Details", state: 0 },
        4: { label: "Researching", state: 0 },
        5: { label: "Problem Solved", state: 1 },
        6: { label: "Canceled", state: 2 },
      },
    },
  }),
};
