/** Columns of any type, with limits drawn by chance: what may be sent, what then stands in the table, and what cannot be held. */
import fc from "fast-check";
import type { Column } from "../../server/arrow/columns.ts";
import type { ColumnRequest, Mode } from "../../server/dataverse/request.ts";
import {
  binary,
  bool,
  date32,
  decimal128,
  fixedBinary,
  float64,
  int32,
  int64,
  list,
  text,
  timestamp,
} from "../support/columns.ts";
import { targets } from "./matrix-columns.ts";

/** A value of the input, and what a table shows that holds it. */
export interface Cell {
  readonly input: unknown;
  readonly stands: unknown;
}

export interface AnyColumn {
  /** What the emulator's schema says of the attribute; undefined: it is there anyway. */
  readonly yaml?: string;
  readonly of: (name: string, inputs: readonly unknown[]) => readonly Column[];
  readonly good: fc.Arbitrary<Cell>;
  /** Inputs that the attribute cannot hold. */
  readonly bad?: fc.Arbitrary<unknown>;
  /** Inputs that lead to no row. */
  readonly astray?: unknown;
  readonly request?: (name: string) => Partial<ColumnRequest>;
  /** Where it is more than one attribute. */
  readonly requests?: readonly ColumnRequest[];
  /** By attribute, what a table shows that holds it; its own and `stands` where absent. */
  readonly shows?: (cell: Cell) => readonly (readonly [string, unknown])[];
  /** Whether it is written after the row. */
  readonly isLater?: (cell: Cell | undefined, mode: Mode) => boolean;
  /** A null is a fault of the row. */
  readonly neverNull?: boolean;
  /** May be for one side of an upsert. */
  readonly isWhole?: boolean;
}

type Values<T> = readonly (T | null)[];

/** The inputs are what the column's own `good` and `bad` have drawn. */
function column<T>(build: (name: string, values: Values<T>) => Column): AnyColumn["of"] {
  return (name, inputs) => [build(name, inputs as Values<T>)];
}

/** What a table shows as it was sent. */
function plainly<T>(inputs: fc.Arbitrary<T>): fc.Arbitrary<Cell> {
  return inputs.map((input) => ({ input, stands: input }));
}

const pieces = fc.array(
  fc.constantFrom("a", "Z", "é", "😀", '"', "\\", "'", "<", "&", "0", "x y", "--dataverse-flight"),
  {
    minLength: 1,
    maxLength: 30,
  },
);

/** In UTF-16 units, as the service counts. */
function upTo(length: number): fc.Arbitrary<string> {
  return pieces.map((some) => {
    let whole = "";
    for (const piece of some) if (whole.length + piece.length <= length) whole += piece;
    return whole === "" ? "a" : whole;
  });
}

const texts = fc.tuple(fc.constantFrom("text", "memo"), fc.integer({ min: 1, max: 60 })).map(
  ([type, length]): AnyColumn => ({
    yaml: `{type: ${type}, max_length: ${length}}`,
    of: column<string>(text),
    good: plainly(upTo(length)),
    bad: fc.constantFrom("z".repeat(length + 1), `${"z".repeat(length - 1)}😀`, "\u0007"),
  }),
);

const integers = fc.tuple(fc.integer({ min: -9999, max: 0 }), fc.integer({ min: 1, max: 9999 })).map(
  ([min, max]): AnyColumn => ({
    yaml: `{type: integer, min: ${min}, max: ${max}}`,
    of: column<number>(int32),
    good: plainly(fc.integer({ min, max })),
    bad: fc.constantFrom(min - 1, max + 1),
  }),
);

const bigIntegers: AnyColumn = {
  yaml: "{type: bigint}",
  of: column<bigint>(int64),
  good: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((input) => ({ input, stands: String(input) })),
};

/** Of a column with ten digits after the point, of which the attribute takes fewer. */
const decimals = fc.tuple(fc.constantFrom("decimal", "money"), fc.integer({ min: 1, max: 4 })).map(
  ([type, precision]): AnyColumn => ({
    yaml: `{type: ${type}, precision: ${precision}, min: "0", max: "1000"}`,
    of: column<string>((name, values) => decimal128(name, values, { precision: 21, scale: 10 })),
    good: fc
      .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 10 ** precision - 1 }))
      .map(([whole, part]) => plainNumber(`${whole}.${String(part).padStart(precision, "0")}`)),
    bad: fc.constantFrom("1000.5", "-0.1", "0.0000000001"),
  }),
);

function plainNumber(digits: string): Cell {
  return { input: digits, stands: digits };
}

const floats: AnyColumn = {
  yaml: "{type: float, precision: 5}",
  of: column<number>(float64),
  good: plainly(fc.integer({ min: -80_000, max: 80_000 }).map((eighths) => eighths / 8)),
  bad: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
};

const booleans: AnyColumn = { yaml: "{type: boolean}", of: column<boolean>(bool), good: plainly(fc.boolean()) };

const options = { 1: "Red", 2: "Green", 100000000: "Blue" };
const optionsYaml = "options: {1: Red, 2: Green, 100000000: Blue}";

const choices: AnyColumn = {
  yaml: `{type: choice, ${optionsYaml}}`,
  of: column<number>(int32),
  good: plainly(fc.constantFrom(...Object.keys(options).map(Number))),
  bad: fc.constant(4711),
};

const labels: AnyColumn = {
  yaml: `{type: choice, ${optionsYaml}}`,
  of: column<string>(text),
  good: fc.constantFrom(...Object.entries(options)).map(([value, label]) => ({ input: label, stands: Number(value) })),
  bad: fc.constant("Mauve"),
  request: () => ({ choice: { by: "LABEL", language: 1033 } }),
};

const several: AnyColumn = {
  yaml: `{type: multiselect, ${optionsYaml}}`,
  of: column<readonly number[]>((name, values) => list(name, values, (items) => int32("item", items))),
  good: fc
    .subarray(Object.keys(options).map(Number), { minLength: 1 })
    .map((input) => ({ input: input.toReversed(), stands: input.join(",") })),
};

const minutes: AnyColumn = {
  yaml: "{type: duration}",
  of: column<number>(int32),
  good: plainly(fc.integer({ min: 0, max: 300 }).map((n) => n * 5)),
};

const instants = fc.boolean().map((isWall): AnyColumn => {
  const zone = isWall ? { zone: null } : {};
  return {
    yaml: isWall ? "{type: datetime, behavior: TimeZoneIndependent}" : "{type: datetime}",
    of: column<bigint>((name, values) => timestamp(name, values, zone)),
    good: fc.integer({ min: -6_000_000_000, max: 16_000_000_000 }).map((seconds) => ({
      input: BigInt(seconds) * 1_000_000n,
      stands: new Date(seconds * 1000).toISOString().replace(".000", ""),
    })),
    bad: fc.constant(-9_000_000_000_000_000n),
    request: () => (isWall ? { timestamp: { naive: "UTC" } } : {}),
  };
});

const dayMs = 86_400_000;
const days: AnyColumn = {
  yaml: "{type: dateonly}",
  of: column<number>(date32),
  good: fc
    .integer({ min: -70_000, max: 70_000 })
    .map((day) => ({ input: day, stands: new Date(day * dayMs).toISOString().slice(0, 10) })),
};

const guids: AnyColumn = {
  yaml: "{type: guid}",
  of: column<Uint8Array>((name, values) => fixedBinary(name, values, 16)),
  good: fc.uuid().map((id) => ({ input: Buffer.from(id.replaceAll("-", ""), "hex"), stands: id })),
};

const ids = targets.map(({ id }) => id);
const nobody = "0000dead-0000-4000-8000-000000000000";

function leadsTo(by: string, inputOf: (nth: number) => string, astray: string): AnyColumn {
  return {
    yaml: "{type: lookup, targets: [x_target]}",
    of: column<string>(text),
    good: fc
      .nat(ids.length - 1)
      .map((nth) => ({ input: inputOf(nth), stands: { table: "x_target", id: ids[nth] ?? "" } })),
    astray,
    request: () => ({ lookup: { table: "x_target", by: [by] } }),
  };
}

/** By a key of two columns. */
const pairs: AnyColumn = {
  yaml: "{type: lookup, targets: [x_target]}",
  of: (name, inputs) => [
    text(
      name,
      inputs.map((input) => (input === null ? null : `zone ${Number(input) % 2}`)),
    ),
    int32(`${name}_nth`, inputs as Values<number>),
  ],
  good: fc.nat(ids.length - 1).map((nth) => ({ input: nth, stands: { table: "x_target", id: ids[nth] ?? "" } })),
  astray: 99,
  request: (name) => ({ sources: [name, `${name}_nth`], lookup: { table: "x_target", by: ["x_zone", "x_nth"] } }),
};

const customers: AnyColumn = {
  yaml: "{type: customer}",
  of: (name, inputs) => [
    text(name, inputs as Values<string>),
    text(
      `${name}_table`,
      inputs.map((input) => (input === ids[0] ? "account" : "contact")),
    ),
  ],
  good: fc
    .nat(ids.length - 1)
    .map((nth) => ({ input: ids[nth], stands: { table: nth === 0 ? "account" : "contact", id: ids[nth] } })),
  bad: fc.constant("no guid"),
  request: (name) => ({ lookup: { by: [], tableFrom: `${name}_table` } }),
};

export const images: AnyColumn = {
  yaml: "{type: image, max_size_kb: 1}",
  of: column<Uint8Array>(binary),
  good: fc.nat(99).map((n) => {
    const input = Buffer.from(`GIF89a${n}`);
    return { input, stands: input.toString("base64") };
  }),
  bad: fc.constant(Buffer.alloc(2000, "pix")),
};

export const plainColumn: fc.Arbitrary<AnyColumn> = fc.oneof(
  texts,
  integers,
  decimals,
  instants,
  fc.constantFrom(
    bigIntegers,
    floats,
    booleans,
    choices,
    labels,
    several,
    minutes,
    days,
    guids,
    { ...leadsTo("x_targetid", (nth) => ids[nth] ?? "", nobody), bad: fc.constant("no guid") },
    leadsTo("x_number", (nth) => `T${nth}`, "T99"),
    pairs,
    leadsTo("x_name", (nth) => `name of T${nth}`, "name of nobody"),
    customers,
    images,
  ),
);
