/**
 * The command of a publish stream: bytes of a client in, a request with all its defaults out. Names that later stand in an address
 * are held to letters, digits and underscores; nothing a client sends ever becomes a host, a header or a credential.
 */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { fromJsonString } from "@bufbuild/protobuf";
import { SidecarError } from "../core/errors.ts";
import type { ColumnRequest, Mode, PublishRequest } from "../dataverse/request.ts";
import { Faults } from "./command-faults.ts";
import type { Column, Publish } from "./gen/dataverse_flight/v1/command_pb.ts";
import {
  Choice_By,
  Column_OnlyOn,
  CommandSchema,
  Publish_Excess,
  Publish_Mode,
  Publish_Nulls,
  Publish_OnMissing,
  Publish_Returning,
  Publish_Strategy,
  Timestamp_Naive,
} from "./gen/dataverse_flight/v1/command_pb.ts";

export const commandBytesMax = 1024 * 1024;
/** As many columns as a record batch may have. */
const columnsMax = 1024;
/** Attributes of a key: Dataverse allows 10 of them. */
const keyAttributesMax = 16;
/** The metadata of each is read before the first row. */
const lookupTablesMax = 16;
const failedRatioDefault = 0.9;

export interface CommandContext {
  /** Names of the configured environments. */
  readonly environments: readonly string[];
  /** Names a run whose client gave it no name. */
  newRunId(): string;
}

export interface PublishCommand {
  readonly request: PublishRequest;
  readonly warnings: readonly string[];
}

const modes: Readonly<Record<Publish_Mode, Mode | undefined>> = {
  [Publish_Mode.MODE_UNSPECIFIED]: undefined,
  [Publish_Mode.INSERT]: "INSERT",
  [Publish_Mode.UPDATE]: "UPDATE",
  [Publish_Mode.UPSERT]: "UPSERT",
  [Publish_Mode.DELETE]: "DELETE",
};

const strategies: Readonly<Record<Publish_Strategy, PublishRequest["strategy"]>> = {
  [Publish_Strategy.STRATEGY_UNSPECIFIED]: "AUTO",
  [Publish_Strategy.AUTO]: "AUTO",
  [Publish_Strategy.BATCH]: "BATCH",
  [Publish_Strategy.BULK]: "BULK",
};

const excesses: Readonly<Record<Publish_Excess, PublishRequest["excess"]>> = {
  [Publish_Excess.EXCESS_UNSPECIFIED]: "REFUSE",
  [Publish_Excess.REFUSE]: "REFUSE",
  [Publish_Excess.ROUND]: "ROUND",
  [Publish_Excess.TRUNCATE]: "TRUNCATE",
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

function refused(message: string, remedy: string, cause?: unknown): SidecarError {
  return new SidecarError("invalid_command", message, { remedy, cause });
}

/**
 * Strict canonical JSON of one of our messages: a field that it does not have is refused by its name.
 * @throws SidecarError invalid_command
 */
export function readJson<Desc extends DescMessage>(schema: Desc, bytes: Buffer): MessageShape<Desc> {
  const what = schema.name;
  if (bytes.length > commandBytesMax) {
    throw refused(`The ${what} has ${bytes.length} bytes; ${commandBytesMax} are allowed.`, "Name fewer columns.");
  }
  try {
    return fromJsonString(schema, utf8.decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "it is no JSON";
    throw refused(`The ${what} cannot be read: ${reason}.`, `It must be JSON of ${schema.typeName} in UTF-8.`, cause);
  }
}

/**
 * The environment a client means.
 * @throws SidecarError unknown_environment, invalid_command
 */
export function resolveEnvironment(name: string, environments: readonly string[]): string {
  const there = `There are: ${environments.join(", ")}.`;
  const only = environments.length === 1 ? environments[0] : undefined;
  if (name === "" && only !== undefined) return only;
  if (name === "") throw refused("No environment is named, and this server has several.", there);
  if (environments.includes(name)) return name;
  const shown = JSON.stringify(name.slice(0, 100));
  throw new SidecarError("unknown_environment", `This server has no environment ${shown}.`, { remedy: there });
}

/**
 * @param cmd the descriptor's command.
 * @throws SidecarError invalid_command, with every fault in one message; unknown_environment
 */
export function readCommand(cmd: Buffer, context: CommandContext): PublishCommand {
  const { kind } = readJson(CommandSchema, cmd);
  if (kind.value === undefined) throw refused("The command asks for nothing.", 'Send {"publish": {…}}.');
  const publish = kind.value;
  const environment = resolveEnvironment(publish.environment, context.environments);
  const warnings: string[] = [];
  if (publish.runId === "") {
    publish.runId = context.newRunId();
    warnings.push(`No runId was given; this run is ${publish.runId}. Without one of your own, a retry is another run.`);
  }
  const mode = check(publish);
  return { request: { ...request(publish), environment, mode }, warnings };
}

function check(publish: Publish): Mode {
  const faults = new Faults("publish.");
  const mode = modes[publish.mode];
  faults.expect(mode !== undefined, "mode", "is missing: INSERT, UPDATE, UPSERT or DELETE.");
  faults.expect(
    publish.modeColumn === "",
    "modeColumn",
    "is reserved for a later version: publish each mode by itself.",
  );
  faults.logicalName(publish.table, "table");
  faults.logicalNames(publish.matchOn, "matchOn", keyAttributesMax);
  const named = publish.matchOn.length > 0 || mode === "INSERT" || mode === undefined;
  faults.expect(named, "matchOn", "is missing: name the primary key or the attributes of an alternate key.");
  faults.runId(publish.runId, "runId");
  faults.columnNames(publish.ignore, "ignore", columnsMax);
  faults.columnNames(publish.rowKey, "rowKey", columnsMax);
  const ratio = publish.maxFailedRatio ?? failedRatioDefault;
  faults.expect(ratio >= 0 && ratio <= 1, "maxFailedRatio", "must be from 0 to 1.");
  if (publish.rowVersion !== "") faults.columnName(publish.rowVersion, "rowVersion");
  checkEnums(publish, faults);
  faults.expect(publish.columns.length <= columnsMax, "columns", `may have ${columnsMax} entries at most.`);
  for (const [i, column] of publish.columns.slice(0, columnsMax).entries())
    checkColumn(column, `columns[${i}]`, faults);
  faults.assertNone();
  // Unreachable but for the compiler: a missing mode is among the faults.
  return mode ?? "INSERT";
}

/** JSON may give an enum by number, and proto3 keeps a number that it does not know. */
function checkEnums(publish: Publish, faults: Faults): void {
  const known = (values: Readonly<Record<string, number>>, value: number, field: string): void =>
    faults.expect(Object.values(values).includes(value), field, "has a number that means nothing in this version.");
  known(Publish_Nulls, publish.nulls, "nulls");
  known(Publish_Excess, publish.excess, "excess");
  known(Publish_OnMissing, publish.onMissing, "onMissing");
  known(Publish_Returning, publish.returning, "returning");
  known(Publish_Strategy, publish.strategy, "strategy");
  for (const [i, { choice, timestamp, onlyOn }] of publish.columns.entries()) {
    known(Column_OnlyOn, onlyOn, `columns[${i}].onlyOn`);
    if (choice !== undefined) known(Choice_By, choice.by, `columns[${i}].choice.by`);
    if (timestamp !== undefined) known(Timestamp_Naive, timestamp.naive, `columns[${i}].timestamp.naive`);
  }
}

function checkColumn(column: Column, at: string, faults: Faults): void {
  const { source, sources, lookup, choice, timestamp, file } = column;
  faults.logicalName(column.target, `${at}.target`);
  faults.expect((source === "") !== (sources.length === 0), at, "must have either source or sources.");
  if (source !== "") faults.columnName(source, `${at}.source`);
  faults.columnNames(sources, `${at}.sources`, keyAttributesMax);
  const kinds = [lookup, choice, timestamp, file].filter((kind) => kind !== undefined);
  faults.expect(kinds.length <= 1, at, "may be only one of lookup, choice, timestamp and file.");
  if (file !== undefined && file.nameFrom !== "") faults.columnName(file.nameFrom, `${at}.file.nameFrom`);
  if (lookup === undefined) {
    faults.expect(sources.length === 0, `${at}.sources`, "may only be given with a lookup.");
    return;
  }
  if (lookup.table !== "") faults.logicalNames(lookup.table.split(/, */), `${at}.lookup.table`, lookupTablesMax);
  faults.logicalNames(lookup.by, `${at}.lookup.by`, keyAttributesMax);
  const paired = sources.length === 0 || sources.length === lookup.by.length;
  faults.expect(paired, `${at}.sources`, "must be as many as the attributes in lookup.by.");
  if (lookup.tableFrom !== "") faults.columnName(lookup.tableFrom, `${at}.lookup.tableFrom`);
}

function request(publish: Publish): Omit<PublishRequest, "environment" | "mode"> {
  return {
    table: publish.table,
    matchOn: publish.matchOn,
    runId: publish.runId,
    partition: publish.partition,
    attempt: publish.attempt,
    columns: publish.columns.map(columnRequest),
    ignore: publish.ignore,
    rowKey: publish.rowKey,
    nulls: publish.nulls === Publish_Nulls.IGNORE ? "IGNORE" : "CLEAR",
    excess: excesses[publish.excess] ?? "REFUSE",
    onMissing: publish.onMissing === Publish_OnMissing.FAIL ? "FAIL" : "ACCEPT",
    returning: publish.returning === Publish_Returning.ALL ? "ALL" : "FAILED",
    strategy: strategies[publish.strategy] ?? "AUTO",
    maxFailedRows: publish.maxFailedRows,
    maxFailedRatio: publish.maxFailedRatio ?? failedRatioDefault,
    endsExplicitly: publish.endsExplicitly,
    rowVersion: publish.rowVersion,
    replaceRow: publish.replaceRow,
    ...(publish.expectedRows === 0 ? {} : { expectedRows: publish.expectedRows }),
  };
}

function columnRequest(column: Column): ColumnRequest {
  const { source, sources, target, lookup, choice, timestamp, onlyOn, file } = column;
  return {
    sources: source === "" ? sources : [source],
    target,
    ...(lookup === undefined ? {} : { lookup: lookupRequest(lookup) }),
    ...(choice === undefined ? {} : { choice: choiceRequest(choice) }),
    ...(timestamp === undefined ? {} : { timestamp: { naive: "UTC" } }),
    ...(onlyOn === Column_OnlyOn.ONLY_ON_UNSPECIFIED
      ? {}
      : { onlyOn: onlyOn === Column_OnlyOn.CREATE ? "CREATE" : "UPDATE" }),
    ...(file === undefined ? {} : { file: file.nameFrom === "" ? {} : { nameFrom: file.nameFrom } }),
  };
}

function lookupRequest(lookup: NonNullable<Column["lookup"]>): NonNullable<ColumnRequest["lookup"]> {
  return {
    by: lookup.by,
    ...(lookup.table === "" ? {} : { table: lookup.table }),
    ...(lookup.tableFrom === "" ? {} : { tableFrom: lookup.tableFrom }),
  };
}

function choiceRequest(choice: NonNullable<Column["choice"]>): NonNullable<ColumnRequest["choice"]> {
  return {
    by: choice.by === Choice_By.LABEL ? "LABEL" : "VALUE",
    ...(choice.language === undefined ? {} : { language: choice.language }),
  };
}
