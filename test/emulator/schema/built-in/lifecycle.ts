/** The two columns that say where in its life a row is: a state, and a reason that belongs to one state. */
import type { ColumnDefinition } from "../definition.ts";
import { numbered } from "./form.ts";

/** Number of a reason → its label and the number of its state. */
export type Reasons = Readonly<Record<number, readonly [label: string, state: number]>>;

/** `StateCode`, its states numbered from 0, and `StatusCode`. Rows begin in state 0; no create may say another. */
export function lifecycle(states: readonly string[], reasons: Reasons, label = "Status") {
  const state: ColumnDefinition = {
    type: "state",
    label,
    options: numbered(states, 0),
    default: 0,
    create: false,
    required: "SystemRequired",
  };
  return { StateCode: state, ...statusReasons(reasons) };
}

/** `StatusCode` alone, for a table whose states are those of its kind. */
export function statusReasons(reasons: Reasons) {
  const options = Object.fromEntries(
    Object.entries(reasons).map(([code, [name, state]]) => [code, { label: name, state }]),
  );
  return { StatusCode: { type: "status", label: "Status Reason", options } satisfies ColumnDefinition };
}
