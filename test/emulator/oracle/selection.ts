/** Whose requests are judged: a client is a principal, and where several programs share one, what it calls itself. */
import type { Effect } from "./effect.ts";
import type { Ledger, RequestRecord } from "./ledger.ts";

export interface Selection {
  /** Client id. */
  readonly principal?: string;
  /** `x-ms-client-session-id`, or else `User-Agent`. */
  readonly client?: string;
}

export function selects(selection: Selection, record: RequestRecord): boolean {
  return (
    (selection.principal === undefined || selection.principal === record.principal) &&
    (selection.client === undefined || selection.client === record.client)
  );
}

export function selectedRequests({ requests }: Ledger, selection: Selection): readonly RequestRecord[] {
  return requests.filter((record) => selects(selection, record));
}

/** Whether an effect came from a selected client. */
export function effectTest({ requests }: Ledger, selection: Selection): (effect: Effect) => boolean {
  if (selection.principal === undefined && selection.client === undefined) {
    return () => true;
  }
  return (effect) => {
    const record = requests[effect.request - 1];
    return record !== undefined && selects(selection, record);
  };
}
