/** The tables that an empty environment has, as far as clients need them, and one elastic table to try those. */
import type { Definitions, TableDefinition } from "../definition.ts";
import { account } from "./account.ts";
import { activities } from "./activities.ts";
import { contact } from "./contact.ts";
import { incident } from "./incident.ts";
import { lead } from "./lead.ts";
import { opportunity } from "./opportunity.ts";
import { people } from "./people.ts";
import { sales } from "./sales.ts";
import { system } from "./system.ts";

const reading: TableDefinition = {
  schema_name: "new_Reading",
  label: "Reading",
  kind: "elastic",
  primary_name: "new_name",
  columns: {
    new_name: { type: "text", schema_name: "new_Name", label: "Name", max_length: 100 },
    new_deviceid: { type: "text", schema_name: "new_DeviceId", label: "Device", max_length: 100 },
    new_value: { type: "decimal", schema_name: "new_Value", label: "Value", precision: 4 },
    new_count: { type: "integer", schema_name: "new_Count", label: "Count" },
    new_at: { type: "datetime", schema_name: "new_At", label: "At" },
  },
};

export const builtInDefinitions: Definitions = {
  tables: {
    account,
    contact,
    lead,
    opportunity,
    incident,
    ...people,
    ...sales,
    ...activities,
    ...system,
    new_reading: reading,
  },
  choices: {},
};
