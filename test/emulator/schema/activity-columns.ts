/** What every activity has: what it is about, when, and whom it concerns. */
import type { ColumnDefinition, TargetDefinition } from "./definition.ts";
import type { Subject } from "./system-columns.ts";

/** A table that activities or notes may be about. */
export interface About {
  readonly name: string;
  readonly schemaName: string;
}

export function activityColumns(
  { name, schemaName }: Subject,
  about: readonly About[],
): Readonly<Record<string, ColumnDefinition>> {
  const readOnly = { create: false, update: false } as const;
  return {
    subject: {
      type: "text",
      max_length: 200,
      schema_name: "Subject",
      label: "Subject",
      required: "ApplicationRequired",
    },
    regardingobjectid: {
      type: "lookup",
      schema_name: "RegardingObjectId",
      label: "Regarding",
      targets: regardingTargets(name, schemaName, about),
    },
    description: { type: "memo", max_length: 2000, schema_name: "Description", label: "Description" },
    scheduledstart: { type: "datetime", schema_name: "ScheduledStart", label: "Start Date" },
    scheduledend: { type: "datetime", schema_name: "ScheduledEnd", label: "Due Date" },
    actualstart: { type: "datetime", schema_name: "ActualStart", label: "Actual Start" },
    actualend: { type: "datetime", schema_name: "ActualEnd", label: "Actual End" },
    actualdurationminutes: { type: "duration", schema_name: "ActualDurationMinutes", label: "Duration", min: 0 },
    scheduleddurationminutes: {
      type: "duration",
      schema_name: "ScheduledDurationMinutes",
      label: "Scheduled Duration",
      ...readOnly,
    },
    prioritycode: {
      type: "choice",
      schema_name: "PriorityCode",
      label: "Priority",
      options: { 0: "Low", 1: "Normal", 2: "High" },
      default: 1,
    },
    activitytypecode: {
      type: "text",
      kind: "entityname",
      schema_name: "ActivityTypeCode",
      label: "Activity Type",
      ...readOnly,
    },
    isbilled: { type: "boolean", schema_name: "IsBilled", label: "Is Billed", default: false },
    isworkflowcreated: {
      type: "boolean",
      schema_name: "IsWorkflowCreated",
      label: "Is Workflow Created",
      default: false,
    },
  };
}

/** `regardingobjectid_account_task`, `Account_Tasks`. */
function regardingTargets(
  activity: string,
  schemaName: string,
  about: readonly About[],
): Readonly<Record<string, TargetDefinition>> {
  return Object.fromEntries(about.map((target) => [target.name, regardingTarget({ activity, schemaName }, target)]));
}

export function regardingTarget(
  { activity, schemaName }: { readonly activity: string; readonly schemaName: string },
  target: About,
): TargetDefinition {
  return {
    navigation: `regardingobjectid_${target.name}_${activity}`,
    relationship: `${target.schemaName}_${schemaName}s`,
    on_delete: "Cascade",
  };
}

/** `objectid_account`, `Account_Annotation`. */
export function noteTarget(target: About): TargetDefinition {
  return {
    navigation: `objectid_${target.name}`,
    relationship: `${target.schemaName}_Annotation${target.name.includes("_") ? "s" : ""}`,
    on_delete: "Cascade",
  };
}

/** `activityid_email`, `email_activity_parties`. */
export function partyTarget(activity: string): TargetDefinition {
  return { navigation: `activityid_${activity}`, relationship: `${activity}_activity_parties`, on_delete: "Cascade" };
}
