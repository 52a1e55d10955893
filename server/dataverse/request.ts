/** What a client asks for, checked and with its defaults filled in. */

export type Mode = "INSERT" | "UPDATE" | "UPSERT" | "DELETE";

export interface ColumnRequest {
  /** Input column; several only for a lookup by a composite key. */
  readonly sources: readonly string[];
  /** Attribute logical name. */
  readonly target: string;
  readonly lookup?: { readonly table?: string; readonly by: readonly string[]; readonly tableFrom?: string };
  readonly choice?: { readonly by: "VALUE" | "LABEL"; readonly language?: number };
  readonly timestamp?: { readonly naive: "UTC" };
  /** An UPSERT sends the attribute only where it creates, or only where it updates. */
  readonly onlyOn?: "CREATE" | "UPDATE";
  readonly file?: { readonly nameFrom?: string };
}

export interface PublishRequest {
  /** A name in the server's config. */
  readonly environment: string;
  /** Table logical name. */
  readonly table: string;
  readonly mode: Mode;
  /** Attribute logical names that name the row in Dataverse; empty only for INSERT. */
  readonly matchOn: readonly string[];
  /** 1-128 printable characters; names one publish call. */
  readonly runId: string;
  readonly partition: number;
  readonly attempt: number;
  /** Empty: every input column to the attribute of its name. */
  readonly columns: readonly ColumnRequest[];
  readonly ignore: readonly string[];
  readonly rowKey: readonly string[];
  readonly nulls: "CLEAR" | "IGNORE";
  readonly excess: "REFUSE" | "ROUND" | "TRUNCATE";
  readonly onMissing: "ACCEPT" | "FAIL";
  readonly returning: "FAILED" | "ALL";
  /** How rows travel: AUTO chooses as it learns what requests cost and how many rows the service refuses. */
  readonly strategy: "AUTO" | "BATCH" | "BULK";
  /** 0 = no limit. */
  readonly maxFailedRows: number;
  /** 1 = off. */
  readonly maxFailedRatio: number;
  readonly endsExplicitly: boolean;
  /** Input column with the version that each row must still have; empty: none. */
  readonly rowVersion: string;
  /** An UPSERT of an elastic table may erase the attributes that are left out. */
  readonly replaceRow: boolean;
  /** Rows that the stream will have, as the client says: for an estimate of the time left. */
  readonly expectedRows?: number;
}
