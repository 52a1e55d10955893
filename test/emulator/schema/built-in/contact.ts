/** People at companies. The service gives them no alternate key. */
import type { TableDefinition } from "../definition.ts";
import { addressColumns } from "./address.ts";
import { columns, money, numbered, text } from "./form.ts";

export const contact: TableDefinition = {
  schema_name: "Contact",
  label: "Contact",
  object_type_code: 2,
  primary_name: "fullname",
  primary_image: "entityimage",
  notes: true,
  activities: true,
  columns: columns({
    FullName: { ...text(160), create: false, update: false },
    FirstName: text(50),
    LastName: { ...text(50), required: "ApplicationRequired" },
    JobTitle: text(100),
    EMailAddress1: { ...text(100, "Email"), format: "Email" },
    Telephone1: { ...text(50, "Business Phone"), format: "Phone" },
    MobilePhone: { ...text(50), format: "Phone" },
    Description: { type: "memo", max_length: 2000 },
    BirthDate: { type: "dateonly", label: "Birthday" },
    CreditLimit: money("100000000000"),
    NumberOfChildren: { type: "integer", min: 0, max: 1_000_000_000, label: "No. of Children" },
    DoNotEMail: { type: "boolean", label: "Do not allow Emails", default: false },
    GenderCode: { type: "choice", label: "Gender", options: numbered(["Male", "Female"]) },
    ExternalUserIdentifier: text(50),
    ParentCustomerId: {
      type: "customer",
      label: "Company Name",
      targets: {
        account: { navigation: "parentcustomerid_account", relationship: "contact_customer_accounts" },
        contact: { navigation: "parentcustomerid_contact", relationship: "contact_customer_contacts" },
      },
    },
    EntityImage: { type: "image", label: "Entity Image" },
    ...addressColumns("Address1"),
  }),
};
