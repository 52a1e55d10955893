/** Answers questions about environments and runs; changes nothing, but for ending a run. */
import type { Schema } from "../arrow/columns.ts";
import { SidecarError } from "../core/errors.ts";
import { tableSchema } from "../dataverse/metadata/table-schema.ts";
import type { Table } from "../dataverse/metadata/tables.ts";
import type { Environment } from "./environment.ts";
import { findEnvironment } from "./environment.ts";
import type { Progress } from "./publication.ts";
import type { Runs } from "./runs/runs.ts";
import { getJson, readTableOf, whoAmI } from "./table-reader.ts";

/** An environment has some hundreds to some thousands; more would be an answer to distrust. */
const tablesMax = 20_000;
/** For a question, not a publication: the caller's own deadline may be shorter. */
const unhurried = { signal: new AbortController().signal };

/** An application user that could sign in. */
export interface SignedIn {
  readonly name: string;
  /** In Dataverse. */
  readonly userId: string;
  /** Operations since midnight (UTC) or the start of this process, as licences count them. */
  readonly operationsToday: number;
}

export interface RunStatus {
  /** Streams open now. */
  readonly streams: number;
  readonly received: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly notSent: number;
  /** Settled in the last minute. */
  readonly rowsPerSecond: number;
  readonly waiting?: Progress["waiting"];
  readonly stopped?: { readonly code: string; readonly message: string };
}

export interface InspectionOptions {
  readonly environments: ReadonlyMap<string, Environment>;
  readonly runs: Runs;
}

export class Inspection {
  readonly #options: InspectionOptions;

  constructor(options: InspectionOptions) {
    this.#options = options;
  }

  /**
   * Signs in with every principal and asks who it is; reads the table's metadata if one is named, to see that it can be.
   * @throws SidecarError with a code for "before the first row", naming the principal at fault.
   */
  async check(environmentName: string, tableName?: string): Promise<readonly SignedIn[]> {
    const environment = this.#environment(environmentName);
    const found = await Promise.all(
      environment.scheduler.readers().map(async ({ principal, lane }) => {
        const answer = await getJson(lane, whoAmI.path, unhurried);
        return { name: principal, userId: text(answer, "UserId") };
      }),
    );
    const { principals: figures } = environment.scheduler.figures();
    const operations = new Map(figures.map(({ name, operationsToday }) => [name, operationsToday]));
    const signedIn = found.map((each) => ({ ...each, operationsToday: operations.get(each.name) ?? 0 }));
    if (tableName !== undefined) await this.table(environment.name, tableName);
    return signedIn;
  }

  /** @throws SidecarError `unknown_table`, `unknown_environment` and what sign-in may meet. */
  async table(environmentName: string, tableName: string): Promise<Table> {
    const environment = this.#environment(environmentName);
    environment.allowTable(tableName);
    return await readTableOf(environment.scheduler.reader, tableName, unhurried);
  }

  /** The table as the schema of an input that fills every attribute. */
  async schema(environmentName: string, tableName: string): Promise<Schema> {
    return tableSchema(await this.table(environmentName, tableName));
  }

  /** Logical names of the tables that the config allows, sorted. */
  async tables(environmentName: string): Promise<readonly string[]> {
    const environment = this.#environment(environmentName);
    const answer = await getJson(environment.scheduler.reader, "EntityDefinitions?$select=LogicalName", unhurried);
    const rows = value(answer, "value");
    if (!Array.isArray(rows) || rows.length > tablesMax) {
      throw new SidecarError("overloaded", "Dataverse did not answer with a list of tables.", { remedy: "Try again." });
    }
    const names = rows.map((row: unknown) => text(row, "LogicalName"));
    return names.filter((name) => environment.allows(name)).sort();
  }

  get environments(): readonly string[] {
    return [...this.#options.environments.keys()];
  }

  /** Undefined for a run that this process does not know, or knows no more. */
  status(runId: string): RunStatus | undefined {
    const run = this.#options.runs.find(runId);
    if (run === undefined) return undefined;
    const { received, failed, settled, notSent } = run.counts();
    const waiting = run.waiting();
    const { stopped } = run;
    return {
      streams: run.streams,
      received,
      acknowledged: settled - failed,
      failed,
      notSent,
      rowsPerSecond: run.rowsPerSecond(),
      ...(waiting === undefined ? {} : { waiting }),
      ...(stopped === undefined ? {} : { stopped: { code: stopped.code, message: stopped.message } }),
    };
  }

  /** Ends every stream of the run; false when there is none. */
  async cancel(runId: string): Promise<boolean> {
    const run = this.#options.runs.find(runId);
    if (run === undefined || run.streams === 0) return false;
    await run.cancel();
    return true;
  }

  #environment(name: string): Environment {
    return findEnvironment(this.#options.environments, name);
  }
}

function value(answer: unknown, name: string): unknown {
  return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>)[name] : undefined;
}

function text(answer: unknown, name: string): string {
  const found = value(answer, name);
  return typeof found === "string" ? found : "";
}
