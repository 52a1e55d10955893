/** What was read about the rows of a record batch before they are encoded: which rows their keys and lookups name. */
import type { RowFailure } from "../../core/outcome.ts";

/** A primary key in lower case; or why there is none that could be used. */
export type FoundId = string | RowFailure;

export interface Found {
  /** By row: the row of the table itself, where no key in its URL can name it. Absent: nothing had to be read. */
  readonly ids?: (FoundId | undefined)[];
  /** Rows whose id in `ids` was minted, because the service has no row with their key: they are created with it. */
  readonly absent?: Set<number>;
  /** By attribute, then by row: the row that a lookup names. */
  readonly references: ReadonlyMap<string, readonly (FoundId | undefined)[]>;
  /** Why nothing could be read: then no row of the record batch can be sent. */
  readonly unread?: RowFailure;
}

export const nothingFound: Found = { references: new Map() };
