/** One operation as those who answer it see it. */
import type { Transaction } from "../rows/transaction.ts";
import type { Query } from "./query.ts";

/** A request, or a part of a `$batch`. */
export interface Part {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A body that is no text: the content of a file. */
  readonly bytes?: Uint8Array;
}

export interface Call {
  readonly part: Part;
  readonly query: Query;
  /** Everything it writes; committed or undone by whoever runs the operation. */
  readonly transaction: Transaction;
}
