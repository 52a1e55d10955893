/** State and status go in pairs: a new row is Active, and a status must belong to the row's state. */
import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { traitsOf } from "./traits.ts";

/** Fills in the missing half of the pair in `values`. Throws for a pair that does not match. */
export function checkState(table: Table, values: Stored[], sent: readonly Assignment[], id: string): void {
  const { state, status } = traitsOf(table);
  if (state === undefined || status === undefined) {
    return;
  }
  const stateSent = sent.some(({ column }) => column === state);
  if (!stateSent) {
    values[state.ordinal] ??= state.options[0]?.value ?? 0;
  }
  const chosenState = values[state.ordinal] ?? null;
  const statusSent = sent.some(({ column }) => column === status);
  if ((values[status.ordinal] ?? null) === null || (stateSent && !statusSent)) {
    values[status.ordinal] = status.options.find((option) => option.state === chosenState)?.value ?? null;
  }
  const chosen = status.options.find((option) => option.value === values[status.ordinal]);
  if (chosen?.state !== chosenState) {
    throw new ServiceError(
      400,
      codes.statePair,
      `${String(values[status.ordinal])} is not a valid status code for state code ${table.schemaName}State.${labelOf(state, chosenState)} on ${table.name} with Id ${id}.`,
    );
  }
}

function labelOf(column: Column, state: Stored): string {
  return column.options.find((option) => option.value === state)?.label ?? String(state);
}
