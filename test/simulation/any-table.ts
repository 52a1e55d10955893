/** Any table and any input for it: what the emulator is told of the table, what is published, and what the model is told of the rows. */
import fc from "fast-check";
import type { Column, RecordBatch } from "../../server/arrow/columns.ts";
import type { ColumnRequest, Mode, PublishRequest } from "../../server/dataverse/request.ts";
import { int32, recordBatch, text } from "../support/columns.ts";
import type { Trouble } from "./bad-wire.ts";
import type { Defect, ModelRow } from "./model.ts";
import type { AnyColumn, Cell } from "./model-columns.ts";
import { anyColumns } from "./model-columns.ts";
import { defaults } from "./world.ts";

/** A null key cannot name a row. */
type Keys = readonly (number | null)[];

interface AnyKey {
  readonly matchOn: readonly string[];
  readonly of: (keys: Keys, isOdd: readonly boolean[]) => readonly Column[];
  readonly seed: (key: number) => Readonly<Record<string, unknown>>;
}

const idAt = (key: number): string => `0000abcd-0000-4000-8000-${String(key).padStart(12, "0")}`;

function texts(name: string, spelt: (key: number) => string, odd: (text: string) => string): AnyKey["of"] {
  return (keys, isOdd) => [
    text(
      name,
      keys.map((key, i) => (key === null ? null : isOdd[i] === true ? odd(spelt(key)) : spelt(key))),
    ),
  ];
}

/** The service takes both spellings for one. */
const loudly = (spelt: string): string => `${spelt.toUpperCase()}  `;

const anyKeys: readonly AnyKey[] = [
  {
    matchOn: ["x_itemid"],
    of: texts("x_itemid", idAt, (id) => id.toUpperCase()),
    seed: (key) => ({ x_itemid: idAt(key) }),
  },
  {
    matchOn: ["x_code"],
    of: texts("x_code", (key) => `o'k #${key}?`, loudly),
    seed: (key) => ({ x_code: `o'k #${key}?` }),
  },
  {
    matchOn: ["x_region", "x_serial"],
    of: (keys) => [
      text(
        "x_region",
        keys.map((key) => (key === null ? null : `R${key % 2}`)),
      ),
      int32("x_serial", keys),
    ],
    seed: (key) => ({ x_region: `R${key % 2}`, x_serial: key }),
  },
  {
    matchOn: ["x_tag"],
    of: texts("x_tag", (key) => `tag ${key}`, loudly),
    seed: (key) => ({ x_tag: `tag ${key}` }),
  },
];

interface AnyRow {
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
  readonly rows: readonly AnyRow[];
  /** Keys that stand in the table before. */
  readonly seeded: readonly number[];
  readonly rowsPerBatch: number;
  /** By request, counted from 1. */
  readonly troubles: ReadonlyMap<number, Trouble>;
}

const keysMost = 12;
const troubles: readonly Trouble[] = [
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
  ];
  const wrong = defects.flatMap(([defect, places]) => places.map((at) => ({ defect, at })));
  const fault = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ defect: "none" as Defect, at: -1 }) },
    ...(wrong.length > 0 ? [{ weight: 1, arbitrary: fc.constantFrom(...wrong) }] : []),
  );
  const cells = fc.tuple(...columns.map(({ good }) => fc.option(good, { freq: 6, nil: undefined })));
  return fc.tuple(fault, fc.nat(keysMost - 1), fc.boolean(), cells).chain(([{ defect, at }, key, isOdd, drawn]) => {
    const column = columns[at];
    const inputs =
      defect === "value" ? (column?.bad ?? fc.constant(null)) : fc.constant<unknown>(column?.astray ?? null);
    // Two spellings are two rows of an INSERT.
    return inputs.map((input) => ({ key, isOdd: isOdd && mode !== "INSERT", defect, cells: drawn, at, wrong: input }));
  });
}

export function anyInput(mode: Mode, isFaulty: boolean): fc.Arbitrary<AnyInput> {
  const trouble = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom(...troubles));
  return anyColumns.chain((columns) =>
    fc.record({
      mode: fc.constant(mode),
      strategy: fc.constantFrom<PublishRequest["strategy"][]>("AUTO", "BATCH", mode === "DELETE" ? "AUTO" : "BULK"),
      nulls: fc.constantFrom<PublishRequest["nulls"][]>("CLEAR", "IGNORE"),
      onMissing: fc.constantFrom<PublishRequest["onMissing"][]>("ACCEPT", "FAIL"),
      key: fc.constantFrom(...anyKeys),
      columns: fc.constant(columns),
      rows: fc.array(rowOf(columns, mode), { minLength: 1, maxLength: 80, size: "max" }),
      seeded: mode === "INSERT" ? fc.constant([]) : fc.subarray(Array.from({ length: keysMost }, (_, key) => key)),
      rowsPerBatch: fc.integer({ min: 1, max: 30 }),
      troubles: fc.array(trouble, { maxLength: isFaulty ? 6 : 0 }).map((some) => new Map(some)),
    }),
  );
}

const nameAt = (i: number): string => `x_any${i}`;

export function yamlOf({ columns }: AnyInput): string {
  const image = columns.findIndex(({ yaml }) => yaml.includes("type: image"));
  return `
tables:
  x_target:
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 100}
      x_number: {type: text, max_length: 20}
    keys: {x_bynumber: [x_number]}
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
${columns.map(({ yaml }, i) => `      ${nameAt(i)}: ${yaml}`).join("\n")}
    refuse_when:
      - {column: x_gate, equals: Closed, code: "0x80040265", message: The gate is closed.}
`;
}

export function requestOf({ mode, strategy, nulls, onMissing, key, columns }: AnyInput): PublishRequest {
  const plain = (name: string): ColumnRequest => ({ sources: [name], target: name });
  const named = key.matchOn.map(plain);
  const written = [
    ...named,
    plain("x_gate"),
    plain("x_mark"),
    ...columns.map(({ request }, i) => ({ ...plain(nameAt(i)), ...request?.(nameAt(i)) })),
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

/** Rows from the `first` on. */
export function batchOf({ mode, key, columns }: AnyInput, rows: readonly AnyRow[], first: number): RecordBatch {
  const named = key.of(
    rows.map((row) => (row.defect === "key" ? null : row.key)),
    rows.map(({ isOdd }) => isOdd),
  );
  if (mode === "DELETE") return recordBatch(...named);
  const gate = text(
    "x_gate",
    rows.map(({ defect }) => (defect === "refused" ? "Closed" : "Open")),
  );
  const mark = int32(
    "x_mark",
    rows.map((_, i) => first + i),
  );
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
export function modelRowOf({ nulls }: AnyInput, { key, defect, cells }: AnyRow, index: number): ModelRow {
  const written = cells.flatMap((cell, i): [string, unknown][] => {
    if (cell !== undefined) return [[nameAt(i), cell.stands]];
    return nulls === "CLEAR" ? [[nameAt(i), null]] : [];
  });
  return { key, defect, writes: new Map<string, unknown>([["x_mark", index], ...written]) };
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
