/** State and status go in pairs: a new row is Active, and a status must belong to the row's state. */

import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";

/** Fills in the missing half of the pair in `values`. Throws for a pair that does not match. */
export function checkState(table: Table, values: Stored[], sent: readonly Assignment[]): void {
  const state = table.byName.get("statecode");
  const status = table.byName.get("statuscode");
  if (state === undefined || status === undefined) {
    return;
  }
  values[state.ordinal] ??= state.options[0]?.value ?? 0;
  const chosenState = values[state.ordinal];
  const changes = new Set(sent.map(({ column }) => column));
  const fallback = status.options.find((option) => option.state === chosenState)?.value ?? null;
  if ((values[status.ordinal] ?? null) === null || (changes.has(state) && !changes.has(status))) {
    values[status.ordinal] = fallback;
  }
  const chosen = status.options.find((option) => option.value === values[status.ordinal]);
  if (chosen?.state !== chosenState) {
    throw new ServiceError(
      400,
      codes.statePair,
      `${String(values[status.ordinal])} is not a valid status code for state code ${table.name}State.${labelOf(table, chosenState)}`,
    );
  }
}

function labelOf(table: Table, state: Stored | undefined): string {
  return table.byName.get("statecode")?.options.find((option) => option.value === state)?.label ?? String(state);
}
