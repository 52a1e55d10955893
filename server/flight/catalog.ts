/** What the calls beside DoExchange need to know of environments and runs. */
import type { Schema } from "../arrow/columns.ts";
import type { Progress } from "../publish/publication.ts";

export interface CheckReport {
  readonly environment: string;
  /** Each application user that could sign in, with its user id in Dataverse and its operations today. */
  readonly principals: readonly { readonly name: string; readonly userId: string; readonly operationsToday: number }[];
}

export interface RunStatus {
  /** Open now. */
  readonly streams: number;
  readonly received: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly notSent: number;
  readonly rowsPerSecond: number;
  readonly waiting?: Progress["waiting"];
  readonly stopped?: { readonly code: string; readonly message: string };
}

export interface Catalog {
  /**
   * Logical names of the tables that may be published to.
   * @throws SidecarError with a code for "before the first row", as all of these.
   */
  tables(environment: string): Promise<readonly string[]>;
  /** The table as the schema of an input that fills every attribute. */
  schema(environment: string, table: string): Promise<Schema>;
  /** Signs in, and reads the table's metadata if one is named; what is wrong is thrown. */
  check(environment: string, table?: string): Promise<CheckReport>;
  /** Undefined for a run that this process does not know. */
  status(runId: string): RunStatus | undefined;
  /** Ends every stream of the run; false when there is none. */
  cancel(runId: string): Promise<boolean>;
}
