/**
 * The plan of a mapping's rows: what the first operation carries, and which operations follow it. Columns for one side of an upsert
 * make it two operations, of which a row needs one or both: one that only creates, and one that only changes what is there.
 */

import type { RecordBatch } from "../../arrow/columns.ts";
import type { Mode } from "../request.ts";
import type { BodyField } from "../rows/body-property.ts";
import type { FileColumn } from "../rows/file-column.ts";
import { FoundRowEncoder } from "../rows/found-row-encoder.ts";
import type { MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import { partyFields } from "../rows/party-writer.ts";
import type { RowEncoder, RowPlan } from "../rows/row-encoder.ts";
import { OperationEncoder } from "../rows/row-encoder.ts";
import type { Frame } from "../wire/way.ts";
import { frameOf } from "../wire/way.ts";
import type { LaterStep } from "./plan.ts";
import { fileCheck, fileContent, fileFrame, isFileDue } from "./plan-file.ts";
import type { StateFields } from "./plan-state.ts";
import { stateFields } from "./plan-state.ts";

export interface RowSteps {
  /** Of the first operation. */
  readonly fields: readonly BodyField[];
  /** The first operation creates, or is refused because the row exists: then the step `updateStep` follows. */
  readonly updateStep: number | undefined;
  /** New ones for each stream, as its encoders are. */
  readonly later: readonly (() => LaterStep)[];
}

export interface StepsOptions {
  readonly plan: Omit<RowPlan, "frame" | "fields">;
  /** Whether rows are found by query: all, or just those whose key no URL can name. */
  readonly found: "none" | "some" | "all";
  /** Without the parties. */
  readonly body: readonly ResolvedColumn[];
  /** Written when the row is created. */
  readonly parties: readonly ResolvedColumn[];
  readonly files: readonly FileColumn[];
  readonly fieldOf: (column: ResolvedColumn) => BodyField;
}

type Due = LaterStep["due"];

export function rowSteps(context: MappingContext, options: StepsOptions): RowSteps {
  const { request } = context;
  const { body, parties, files } = options;
  const splits = [...body, ...parties].some((column) => column.request.onlyOn !== undefined);
  const creating = splits ? body.filter((column) => column.request.onlyOn !== "UPDATE") : body;
  const first = fieldsFor(creating, splits ? "INSERT" : request.mode, { context, options });
  const checks = files.map(fileCheck);
  const later: (() => LaterStep)[] = [];
  if (splits) {
    const changing = body.filter((column) => column.request.onlyOn !== "CREATE");
    const { fields } = fieldsFor(changing, "UPDATE", { context, options });
    later.push(step(context, options, { fields, due: () => () => false }));
  }
  const { states } = first;
  if (states?.late !== undefined) {
    later.push(step(context, options, { fields: [states.late], due: afterFirst(states.isLate) }));
  }
  for (const file of files) {
    const due = isFileDue(file, request);
    const frame = fileFrame(context.table, file);
    later.push(step(context, options, { frame, fields: undefined, due, file: fileContent(file) }));
  }
  return { fields: [...first.fields, ...checks, ...partyFields(parties)], updateStep: splits ? 1 : undefined, later };
}

function fieldsFor(
  columns: readonly ResolvedColumn[],
  mode: Mode,
  { context, options }: { readonly context: MappingContext; readonly options: StepsOptions },
): { readonly fields: readonly BodyField[]; readonly states: StateFields | undefined } {
  const states = stateFields(columns, mode, context);
  const others = columns.filter(({ attribute }) => attribute.kind !== "state" && attribute.kind !== "status");
  const fields = others.map(options.fieldOf);
  return { fields: states === undefined ? fields : [...fields, states.first], states };
}

/** An update sends the state along. */
function afterFirst(isLate: (batch: RecordBatch) => (row: number) => boolean): Due {
  return (batch) => {
    const late = isLate(batch);
    return (row, after) => after === 0 && late(row);
  };
}

interface StepParts extends Omit<LaterStep, "encoder"> {
  readonly fields: readonly BodyField[] | undefined;
  /** An update of the row where absent. */
  readonly frame?: Frame;
}

function step(context: MappingContext, options: StepsOptions, { fields, frame, ...rest }: StepParts): () => LaterStep {
  const framed = frame ?? frameOf("batch", "UPDATE", context.table, true);
  return () => ({ ...rest, encoder: laterEncoder(context, options, { fields, frame: framed }) });
}

/** Addresses the row as the first operation did; one that was made by it goes by its id. */
function laterEncoder(
  { request }: MappingContext,
  { plan, found }: StepsOptions,
  operation: Pick<RowPlan, "fields" | "frame">,
): RowEncoder {
  const common = { ...plan, ...operation, mintedProperty: undefined, version: undefined };
  if (request.mode === "INSERT") {
    const { identity } = plan;
    return new OperationEncoder(
      identity.length === 0 ? { ...common, byId: true } : { ...common, key: identity, keyIsPrimary: true },
    );
  }
  const byKey = new OperationEncoder(common);
  if (found === "none") return byKey;
  const byId = new OperationEncoder({ ...common, byId: true });
  return new FoundRowEncoder({ byKey: found === "all" ? undefined : byKey, existing: byId, absent: byId });
}
