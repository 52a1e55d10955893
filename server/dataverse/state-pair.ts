/** A status belongs to a state. The service refuses a status of another state, so such a pair fails before it is sent. */
import type { RecordBatch } from "../arrow/columns.ts";
import { isNull } from "../arrow/columns.ts";
import type { Attribute } from "./attributes.ts";
import type { MappingContext, ResolvedColumn } from "./mapping-context.ts";
import type { ReadOption } from "./options.ts";
import { bindOptions } from "./options.ts";
import type { WriteValue } from "./value.ts";

/** New rows begin in it. */
const ACTIVE = 0;

const OTHER_STATE = "a status that does not belong to the state beside it";
const NOT_ACTIVE = "a status of another state than the one that a new row begins in";

/** @returns the columns, with the check in the one of the status where its state is known. */
export function pairStates(columns: readonly ResolvedColumn[], context: MappingContext): readonly ResolvedColumn[] {
  const status = columns.find(({ attribute }) => attribute.kind === "status");
  const state = columns.find(({ attribute }) => attribute.kind === "state");
  if (status === undefined || (state === undefined && context.request.mode !== "INSERT")) return columns;
  const checked = { ...status, bind: (batch: RecordBatch) => bindPair(status, state, { batch, context }) };
  return columns.map((column) => (column === status ? checked : column));
}

interface Place {
  readonly batch: RecordBatch;
  readonly context: MappingContext;
}

function bindPair(status: ResolvedColumn, state: ResolvedColumn | undefined, place: Place): WriteValue {
  const write = status.bind(place.batch);
  const readStatus = bindOption(status, place);
  const readState = state === undefined ? () => ACTIVE : bindOption(state, place);
  const { options } = status.attribute;
  const mismatch = state === undefined ? NOT_ACTIVE : OTHER_STATE;
  return (row, out) => {
    const belongs = stateOf(options, readStatus(row));
    const stands = readState(row);
    return belongs !== undefined && typeof stands === "number" && belongs !== stands ? mismatch : write(row, out);
  };
}

function stateOf(options: Attribute["options"], status: number | string | undefined): number | undefined {
  return typeof status === "number" ? options?.get(status)?.state : undefined;
}

/** The option of a row; undefined where it is null. */
function bindOption(
  { attribute, request, sources }: ResolvedColumn,
  { batch }: Place,
): (row: number) => ReturnType<ReadOption> | undefined {
  const column = batch.columns[sources[0] ?? -1];
  const options = column === undefined ? "" : bindOptions(column.field.type, attribute, request.choice);
  if (column === undefined || typeof options === "string") return () => undefined;
  const read = options(column);
  return (row) => (isNull(column, row) ? undefined : read(row));
}
