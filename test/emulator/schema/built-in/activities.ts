/** Tasks, mails with their parties, and notes. */
import type { ColumnDefinition, TableDefinitions } from "../definition.ts";
import { columns, numbered, text } from "./form.ts";
import { lifecycle, statusReasons } from "./lifecycle.ts";

const roles = [
  "Sender",
  "To Recipient",
  "CC Recipient",
  "BCC Recipient",
  "Required attendee",
  "Optional attendee",
  "Organizer",
  "Regarding",
  "Owner",
  "Resource",
  "Customer",
  "Chat Participant",
  "Related",
];

const party: ColumnDefinition = { type: "partylist", targets: ["account", "contact", "systemuser"] };

/** The service adds the tables that activities and notes are about. */
const later: ColumnDefinition = { type: "lookup", targets: [] };

export const activities: TableDefinitions = {
  task: {
    schema_name: "Task",
    label: "Task",
    object_type_code: 4212,
    kind: "activity",
    notes: true,
    columns: columns({
      Category: text(250),
      Subcategory: text(250, "Sub-Category"),
      PercentComplete: { type: "integer", min: 0, max: 100 },
      ...lifecycle(
        ["Open", "Completed", "Canceled"],
        {
          2: ["Not Started", 0],
          3: ["In Progress", 0],
          4: ["Waiting on someone else", 0],
          7: ["Deferred", 0],
          5: ["Completed", 1],
          6: ["Canceled", 2],
        },
        "Activity Status",
      ),
    }),
  },
  email: {
    schema_name: "Email",
    label: "Email Message",
    object_type_code: 4202,
    kind: "activity",
    notes: true,
    columns: columns({
      Sender: { ...text(250, "From"), create: false, update: false },
      ToRecipients: text(500),
      From: party,
      To: party,
      Cc: party,
      Bcc: party,
      DirectionCode: { type: "boolean", label: "Direction", options: { 0: "Incoming", 1: "Outgoing" }, default: true },
      MessageId: text(320, "Message ID"),
      Description: { type: "memo", max_length: 1_048_576 },
      ...statusReasons({
        1: ["Draft", 0],
        8: ["Failed", 0],
        2: ["Completed", 1],
        3: ["Sent", 1],
        4: ["Received", 1],
        6: ["Pending Send", 1],
        7: ["Sending", 1],
        5: ["Canceled", 2],
      }),
    }),
  },
  activityparty: {
    schema_name: "ActivityParty",
    entity_set: "activityparties",
    label: "Activity Party",
    collection_label: "Activity Parties",
    object_type_code: 135,
    ownership: "none",
    bulk: false,
    change_tracking: false,
    primary_name: "partyidname",
    columns: columns({
      PartyIdName: { ...text(400), create: false, update: false },
      ActivityId: { ...later, label: "Activity" },
      PartyId: {
        type: "lookup",
        label: "Party",
        targets: {
          account: { navigation: "partyid_account", relationship: "account_activity_parties" },
          contact: { navigation: "partyid_contact", relationship: "contact_activity_parties" },
          systemuser: { navigation: "partyid_systemuser", relationship: "system_user_activity_parties" },
        },
      },
      AddressUsed: text(320),
      ParticipationTypeMask: {
        type: "choice",
        label: "Participation Type",
        options: numbered(roles),
        required: "SystemRequired",
      },
    }),
  },
  annotation: {
    schema_name: "Annotation",
    label: "Note",
    object_type_code: 5,
    bulk: false,
    primary_name: "subject",
    columns: columns({
      Subject: { ...text(500), label: "Title" },
      NoteText: { type: "memo", max_length: 100_000, label: "Description" },
      ObjectId: { ...later, label: "Regarding" },
      ObjectTypeCode: { ...text(4000, "Object Type"), kind: "entityname", create: false, update: false },
      IsDocument: { type: "boolean", default: false },
      DocumentBody: { type: "memo", max_length: 1_048_576, label: "Document" },
      FileName: text(255, "File Name"),
      FileSize: { type: "integer", label: "File Size (Bytes)", create: false, update: false },
      MimeType: text(256, "Mime Type"),
    }),
  },
};
