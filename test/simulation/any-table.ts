/** Any table and any input for it: what the emulator is told of the table, what is published, and what the model is told of the rows. */
import fc from "fast-check";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { ColumnRequest, Mode, PublishRequest } from "../../server/dataverse/request.ts";
import { int32, recordBatch, text } from "../support/columns.ts";
import { anyColumns } from "./any-columns.ts";
import type { AnyKey } from "./any-keys.ts";
import { anyKeys } from "./any-keys.ts";
import { states } from "./any-later.ts";
import type { Trouble } from "./bad-wire.ts";
import type { Defect, ModelRow, Rules, Side } from "./model.ts";
import type { AnyColumn, Cell } from "./model-columns.ts";
import { images } from "./model-columns.ts";
import { defaults } from "./world.ts";

export interface AnyRow {
  readonly key: number;
  readonly isOdd: boolean;
  readonly defect: Defect;
  /** By column; undefined: null. */
  readonly cells: readonly (Cell | undefined)[];
  /** The column at fault. */
  readonly at: number;
  readonly wrong: unknown;
}

export interface AnyInput {
  readonly mode: Mode;
  readonly strategy: PublishRequest["strategy"];
  readonly nulls: PublishRequest["nulls"];
  readonly onMissing: PublishRequest["onMissing"];
  readonly key: AnyKey;
  readonly columns: readonly AnyColumn[];
  /** By column, the side of an upsert that it is for; undefined: both. */
  readonly sides: readonly (Side | undefined)[];
  /** A plug-in takes no row out of state 0. */
  readonly keepsState: boolean;
  readonly rows: readonly AnyRow[];
  /** Keys that stand in the table before. */
  readonly seeded: readonly number[];
  readonly rowsPerBatch: number;
  /** By request, counted from 1. */
  readonly troubles: ReadonlyMap<number, Trouble>;
}

const keysMost = 12;
export const troubles: readonly Trouble[] = [
  ...(["refused", "reset", "lost", "late", "silent", "partly", "damaged", "cut"] as const),
  ...(["throttled", "unavailable", "internal", "gateway"] as const),
];

function rowOf(columns: readonly AnyColumn[], mode: Mode): fc.Arbitrary<AnyRow> {
  const able = (is: (column: AnyColumn) => boolean): readonly number[] =>
    columns.flatMap((column, i) => (is(column) ? [i] : []));
  const bad = able((column) => column.bad !== undefined);
  const astray = able((column) => column.astray !== undefined);
  const defects: readonly (readonly [Defect, readonly number[]])[] = [
    // An INSERT takes no key from its rows, and a DELETE no values.
    ["key", mode === "INSERT" ? [] : [0]],
    ["value", mode === "DELETE" ? [] : bad],
    ["astray", mode === "DELETE" ? [] : astray],
    ["refused", mode === "DELETE" ? [] : [0]],
    ["child", mode === "DELETE" ? [] : [0]],
  ];
  const wrong = defects.flatMap(([defect, places]) => places.map((at) => ({ defect, at })));
  const fault = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ defect: "none" as Defect, at: -1 }) },
    ...(wrong.length > 0 ? [{ weight: 1, arbitrary: fc.constantFrom(...wrong) }] : []),
  );
  const cells = fc.tuple(
    ...columns.map(({ good, neverNull }) => (neverNull === true ? good : fc.option(good, { freq: 6, nil: undefined }))),
  );
  return fc.tuple(fault, fc.nat(keysMost - 1), fc.boolean(), cells).chain(([{ defect, at }, key, isOdd, drawn]) => {
    const column = columns[at];
    const inputs =
      defect === "value" ? (column?.bad ?? fc.constant(null)) : fc.constant<unknown>(column?.astray ?? null);
    return inputs.map((input) => ({ key, isOdd, defect, cells: drawn, at, wrong: input }));
  });
}

export function anyInput(mode: Mode, isFaulty: boolean): fc.Arbitrary<AnyInput> {
  const trouble = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom(...troubles));
  return fc.tuple(anyColumns, sidesFor(mode)).chain(([columns, sides]) => {
    const takesBulk = mode !== "DELETE" && sides.length === 0;
    return fc.record({
      mode: fc.constant(mode),
      strategy: fc.constantFrom<PublishRequest["strategy"][]>("AUTO", "BATCH", takesBulk ? "BULK" : "AUTO"),
      nulls: fc.constantFrom<PublishRequest["nulls"][]>("CLEAR", "IGNORE"),
      onMissing: fc.constantFrom<PublishRequest["onMissing"][]>("ACCEPT", "FAIL"),
      key: fc.constantFrom(...anyKeys),
      columns: fc.constant(columns),
      sides: fc.constant(columns.map(({ isWhole = false }, i) => (isWhole ? undefined : sides[i]))),
      keepsState: fc.nat(3).map((drawn) => drawn === 0),
      rows: fc.array(rowOf(columns, mode), { minLength: 1, maxLength: 80, size: "max" }),
      seeded: mode === "INSERT" ? fc.constant([]) : fc.subarray(Array.from({ length: keysMost }, (_, key) => key)),
      rowsPerBatch: fc.integer({ min: 1, max: 30 }),
      troubles: fc.array(trouble, { maxLength: isFaulty ? 6 : 0 }).map((some) => new Map(some)),
    });
  });
}

/** Of every third upsert; none where both sides get all. */
function sidesFor(mode: Mode): fc.Arbitrary<readonly (Side | undefined)[]> {
  const some = fc.array(fc.constantFrom<(Side | undefined)[]>("CREATE", "UPDATE", undefined), {
    minLength: 8,
    maxLength: 8,
  });
  return mode === "UPSERT"
    ? fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some })
    : fc.constant([]);
}

export function rulesOf({ mode, onMissing, sides, troubles: met }: AnyInput): Rules {
  const splits = sides.some((side) => side !== undefined);
  return { mode, onMissing, isDoubtful: met.size > 0, splits, replaces: false };
}

const nameAt = (i: number): string => `x_any${i}`;

export function fileNames({ columns }: AnyInput): readonly string[] {
  return columns.flatMap(({ yaml = "" }, i) => (yaml.includes("type: file") ? [nameAt(i)] : []));
}

/** Of rows that were published before: no operation of theirs is one that reading cannot show to be needless. */
export function isToldByReading(input: AnyInput): boolean {
  const { columns, sides } = input;
  const isWhole = columns.some((column) => column.isWhole === true) || sides.some((side) => side !== undefined);
  return !isWhole && !leavesImages(input);
}

/** A row has an image, which does not show, that a later one of its key leaves alone. */
function leavesImages({ columns, nulls, rows }: AnyInput): boolean {
  const image = columns.indexOf(images);
  if (image === -1 || nulls === "CLEAR") return false;
  return rows.some(
    ({ key, cells }, i) =>
      cells[image] !== undefined &&
      rows.slice(i + 1).some((later) => later.key === key && later.cells[image] === undefined),
  );
}

export function yamlOf({ columns, keepsState }: AnyInput): string {
  const image = columns.findIndex(({ yaml = "" }) => yaml.includes("type: image"));
  return `
tables:
  x_target:
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 100}
      x_number: {type: text, max_length: 20}
      x_zone: {type: text, max_length: 20}
      x_nth: {type: integer}
    keys: {x_bynumber: [x_number], x_byzone: [x_zone, x_nth]}
  x_item:
    primary_name: x_gate${image === -1 ? "" : `\n    primary_image: ${nameAt(image)}`}
    keys:
      x_bycode: [x_code]
      x_bypair: [x_region, x_serial]
    columns:
      x_code: {type: text, max_length: 100}
      x_region: {type: text, max_length: 20}
      x_serial: {type: integer}
      x_tag: {type: text, max_length: 100}
      x_gate: {type: text, max_length: 20}
      x_mark: {type: integer}
${columns.flatMap(({ yaml }, i) => (yaml === undefined ? [] : [`      ${nameAt(i)}: ${yaml}`])).join("\n")}
    refuse_when:
      - {column: x_gate, equals: Closed, code: "0x80040265", message: The gate is closed.}
      - {column: x_gate, equals: Child, code: "0x80040237", message: Cannot insert duplicate key.}
${keepsState ? "      - {column: statecode, equals: 1, message: Rows stay active.}" : ""}
`;
}

export function requestOf({ mode, strategy, nulls, onMissing, key, columns, sides }: AnyInput): PublishRequest {
  const plain = (name: string): ColumnRequest => ({ sources: [name], target: name });
  const named = key.matchOn.map(plain);
  const written = [
    ...named,
    plain("x_gate"),
    plain("x_mark"),
    ...columns.flatMap(({ request, requests }, i) => {
      const side = sides[i];
      const onlyOn = side === undefined ? {} : { onlyOn: side };
      return requests ?? [{ ...plain(nameAt(i)), ...request?.(nameAt(i)), ...onlyOn }];
    }),
  ];
  return {
    ...defaults,
    table: "x_item",
    mode,
    strategy,
    nulls,
    onMissing,
    matchOn: mode === "INSERT" ? [] : key.matchOn,
    rowKey: mode === "INSERT" ? key.matchOn : [],
    columns: mode === "DELETE" ? named : written,
  };
}

const gates: Partial<Record<Defect, string>> = { refused: "Closed", child: "Child" };

/** @param places of its rows in the input. */
export function batchOf({ mode, key, columns, rows: all }: AnyInput, places: readonly number[]): RecordBatch {
  const rows = places.flatMap((place) => all[place] ?? []);
  const named = key.of(
    rows.map((row) => (row.defect === "key" ? null : row.key)),
    rows.map(({ isOdd }) => isOdd && (mode !== "INSERT" || key.twoSpellings !== "rows")),
  );
  if (mode === "DELETE") return recordBatch(...named);
  const gate = text(
    "x_gate",
    rows.map(({ defect }) => gates[defect] ?? "Open"),
  );
  const mark = int32("x_mark", places);
  const values = columns.flatMap(({ of }, i) =>
    of(
      nameAt(i),
      rows.map((row) => (isWrong(row) && row.at === i ? row.wrong : (row.cells[i]?.input ?? null))),
    ),
  );
  return recordBatch(...named, gate, mark, ...values);
}

function isWrong({ defect }: AnyRow): boolean {
  return defect === "value" || defect === "astray";
}

/** What the model is told. */
export function modelRowOf(input: AnyInput, row: AnyRow, index: number): ModelRow {
  const { mode, key, sides, keepsState } = input;
  const isLate = keepsState && input.columns.some((column, i) => column === states && row.cells[i]?.stands === 1);
  const written = (is: (part: Part) => boolean): ReadonlyMap<string, unknown> =>
    new Map(partsOf(input, row).flatMap((part) => (is(part) ? part.shows : [])));
  return {
    key: row.key,
    defect: row.defect === "none" && isLate && mode !== "DELETE" ? "late" : row.defect,
    defectOn: isWrong(row) ? sides[row.at] : undefined,
    spelling: mode === "INSERT" && key.twoSpellings === "refused" ? `${row.key} ${row.isOdd}` : undefined,
    writes: new Map([["x_mark", index], ...written(({ side, isLater }) => side === undefined && !isLater)]),
    onlyOn: { CREATE: written(({ side }) => side === "CREATE"), UPDATE: written(({ side }) => side === "UPDATE") },
    later: written(({ isLater }) => isLater),
  };
}

interface Part {
  readonly side: Side | undefined;
  readonly isLater: boolean;
  readonly shows: readonly (readonly [string, unknown])[];
}

function partsOf({ mode, nulls, columns, sides }: AnyInput, { cells }: AnyRow): readonly Part[] {
  return columns.map((column, i) => {
    const cell = cells[i];
    const cleared = nulls === "CLEAR" ? [[nameAt(i), null] as const] : [];
    const shown = cell === undefined ? cleared : (column.shows?.(cell) ?? [[nameAt(i), cell.stands] as const]);
    return { side: sides[i], isLater: column.isLater?.(cell, mode) ?? false, shows: shown };
  });
}

/** Rows of the table by the key that names them; of a key that has several, all. */
export function keyed(
  { key }: AnyInput,
  rows: readonly Readonly<Record<string, unknown>>[],
): ReadonlyMap<number, readonly Readonly<Record<string, unknown>>[]> {
  const names = new Map(
    Array.from({ length: keysMost }, (_, k) => [JSON.stringify(Object.values(key.seed(k))).toLowerCase(), k]),
  );
  const nameOf = (row: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(key.matchOn.map((name) => trimmed(row[name]))).toLowerCase();
  return Map.groupBy(rows, (row) => names.get(nameOf(row)) ?? -1);
}

function trimmed(value: unknown): unknown {
  return typeof value === "string" ? value.trimEnd() : value;
}
