/** The calls beside DoExchange: what is there, what does it look like, can we publish, how far is a run. */
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { create, toJsonString } from "@bufbuild/protobuf";
import { encapsulated } from "../arrow/schema-writer.ts";
import { SidecarError } from "../core/errors.ts";
import type { Caller } from "./auth.ts";
import { assertMayUse } from "./auth.ts";
import type { Catalog } from "./catalog.ts";
import { readJson, resolveEnvironment } from "./command.ts";
import { assertLogicalName, assertRunId } from "./command-faults.ts";
import {
  CancelActionSchema,
  CancelResultSchema,
  CheckActionSchema,
  CheckResultSchema,
  StatusActionSchema,
  StatusResultSchema,
} from "./gen/dataverse_flight/v1/action_pb.ts";
import type { Action } from "./messages.ts";
import {
  readAction,
  readCriteria,
  readFlightDescriptor,
  writeActionType,
  writeFlightInfo,
  writeResult,
  writeSchemaResult,
} from "./messages.ts";
import type { RunOwners } from "./run-owners.ts";

export interface QuestionParts {
  /** Names of the configured environments. */
  readonly environments: readonly string[];
  readonly catalog: Catalog;
  readonly owners: RunOwners;
}

const actions = {
  check: 'Can we publish there? {"environment": "…", "table": "…"}',
  status: 'Live counts of a run: {"runId": "…"}',
  cancel: 'End the streams of a run: {"runId": "…"}',
} as const;

function json<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): Buffer {
  return Buffer.from(toJsonString(schema, create(schema, message), { alwaysEmitImplicit: true }), "utf8");
}

export class Questions {
  readonly #parts: QuestionParts;

  constructor(parts: QuestionParts) {
    this.#parts = parts;
  }

  /** Answers GetSchema. @throws SidecarError, as all of these. */
  async schema(message: Buffer, caller: Caller): Promise<Buffer> {
    const [environment, table] = this.#path(message, caller);
    return writeSchemaResult(encapsulated(await this.#parts.catalog.schema(environment, table)));
  }

  /** Answers GetFlightInfo. */
  async flight(message: Buffer, caller: Caller): Promise<Buffer> {
    const path = this.#path(message, caller);
    return writeFlightInfo({ schema: encapsulated(await this.#parts.catalog.schema(...path)), path });
  }

  /** Answers ListFlights: no schemas, because each would take reads of the service. */
  async *flights(message: Buffer, caller: Caller): AsyncGenerator<Buffer> {
    const criteria = readCriteria(message);
    for (const environment of this.#chosen(criteria, caller)) {
      for (const table of await this.#parts.catalog.tables(environment)) {
        yield writeFlightInfo({ schema: Buffer.alloc(0), path: [environment, table] });
      }
    }
  }

  /** Answers ListActions. */
  *actions(): Generator<Buffer> {
    for (const [type, description] of Object.entries(actions)) yield writeActionType(type, description);
  }

  /** Answers DoAction with the body of its one result. */
  async act(message: Buffer, caller: Caller): Promise<Buffer> {
    const action = readAction(message);
    return writeResult(await this.#act(action, caller));
  }

  async #act({ type, body }: Action, caller: Caller): Promise<Buffer> {
    switch (type) {
      case "check":
        return await this.#check(body, caller);
      case "status":
        return this.#status(body, caller);
      case "cancel":
        return await this.#cancel(body, caller);
      default:
        throw new SidecarError("invalid_command", `There is no action ${JSON.stringify(type.slice(0, 100))}.`, {
          remedy: `There are: ${Object.keys(actions).join(", ")}.`,
        });
    }
  }

  async #check(body: Buffer, caller: Caller): Promise<Buffer> {
    const { environment: named, table } = readJson(CheckActionSchema, body);
    const environment = this.#environment(named, caller);
    if (table !== "") assertLogicalName(table, "table");
    const { catalog } = this.#parts;
    const signedIn = await (table === "" ? catalog.check(environment) : catalog.check(environment, table));
    const principals = signedIn.map((principal) => ({ ...principal }));
    return json(CheckResultSchema, { environment, principals, table });
  }

  #status(body: Buffer, caller: Caller): Buffer {
    const { runId } = readJson(StatusActionSchema, body);
    this.#parts.owners.assertOwn(assertRunId(runId), caller);
    const run = this.#parts.catalog.status(runId);
    if (run === undefined) return json(StatusResultSchema, { runId });
    const { streams, received, acknowledged, failed, notSent, rowsPerSecond, waiting, stopped } = run;
    return json(StatusResultSchema, {
      runId,
      streams,
      received,
      acknowledged,
      failed,
      notSent,
      rowsPerSecond,
      ...(waiting === undefined ? {} : { waiting: { ...waiting } }),
      ...(stopped === undefined ? {} : { stopped: { ...stopped } }),
    });
  }

  async #cancel(body: Buffer, caller: Caller): Promise<Buffer> {
    const { runId } = readJson(CancelActionSchema, body);
    this.#parts.owners.assertOwn(assertRunId(runId), caller);
    return json(CancelResultSchema, { cancelled: await this.#parts.catalog.cancel(runId) });
  }

  #path(message: Buffer, caller: Caller): readonly [string, string] {
    const { type, path } = readFlightDescriptor(message);
    const [environment, table] = path;
    if (type !== "path" || path.length !== 2 || environment === undefined || table === undefined) {
      throw new SidecarError("invalid_command", "The descriptor does not name a table.", {
        remedy: "Use a descriptor of kind PATH with two elements, environment and table.",
      });
    }
    assertLogicalName(table, "table");
    return [this.#environment(environment, caller), table];
  }

  #environment(named: string, caller: Caller): string {
    const environment = resolveEnvironment(named, this.#parts.environments);
    assertMayUse(caller, environment);
    return environment;
  }

  #chosen(criteria: string, caller: Caller): readonly string[] {
    if (criteria === "") return this.#parts.environments.filter((name) => caller.mayUse(name));
    return [this.#environment(criteria, caller)];
  }
}
