/** What the calls beside DoExchange need to know of environments and runs. */
import type { Schema } from "../arrow/columns.ts";
import type { RunStatus, SignedIn } from "../publish/inspection.ts";

export interface Catalog {
  /**
   * Logical names of the tables that may be published to.
   * @throws SidecarError with a code for "before the first row", as all of these.
   */
  tables(environment: string): Promise<readonly string[]>;
  /** The table as the schema of an input that fills every attribute. */
  schema(environment: string, table: string): Promise<Schema>;
  /** Signs in with every application user, and reads the table's metadata if one is named; what is wrong is thrown. */
  check(environment: string, table?: string): Promise<readonly SignedIn[]>;
  /** Undefined for a run that this process does not know. */
  status(runId: string): RunStatus | undefined;
  /** Ends every stream of the run; false when there is none. */
  cancel(runId: string): Promise<boolean>;
}
