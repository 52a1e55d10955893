/** Columns that are written after the row by operations of their own: the state that it ends in, and files, some of several chunks. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { binary, int32 } from "../support/columns.ts";
import type { AnyColumn } from "./model-columns.ts";

interface Pair {
  readonly state: number | null;
  readonly status: number | null;
}

function pairOf(input: unknown): Pair {
  return input === null ? { state: null, status: null } : (input as Pair);
}

/** Of a table whose status 1 is of state 0, and 2 of state 1. */
const pairs: readonly Pair[] = [
  ...[0, 1].map((state) => ({ state, status: state + 1 })),
  ...[0, 1].map((state) => ({ state, status: null })),
  ...[1, 2].map((status) => ({ state: null, status })),
];

/** The state in which such a row ends. */
export function stateOf({ state, status }: Pair): number {
  return state ?? (status ?? 1) - 1;
}

export const states: AnyColumn = {
  of: (_, inputs) => [
    int32(
      "statecode",
      inputs.map((input) => pairOf(input).state),
    ),
    int32(
      "statuscode",
      inputs.map((input) => pairOf(input).status),
    ),
  ],
  good: fc.constantFrom(...pairs).map((input) => ({ input, stands: stateOf(input) })),
  bad: fc.constant({ state: 0, status: 2 }),
  requests: ["statecode", "statuscode"].map((name) => ({ sources: [name], target: name })),
  shows: ({ stands }) => [
    ["statecode", stands],
    ["statuscode", Number(stands) + 1],
  ],
  // A new row begins in state 0.
  isLater: (cell, mode) => mode !== "UPDATE" && cell?.stands === 1,
  neverNull: true,
  isWhole: true,
};

/** One byte over what one request takes. */
const largeBytes = (4 << 20) + 1;

function fileBytes(input: unknown): Buffer | null {
  if (input === null) return null;
  const [nth, length] = input as readonly [number, number];
  return Buffer.alloc(length, `file ${nth}`);
}

/** What is compared of a file. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function files(length: fc.Arbitrary<number>): AnyColumn {
  return {
    yaml: "{type: file, max_size_kb: 5000}",
    of: (name, inputs) => [binary(name, inputs.map(fileBytes))],
    good: fc
      .tuple(fc.nat(99), length)
      .map((input) => ({ input, stands: digest(fileBytes(input) ?? new Uint8Array(0)) })),
    bad: fc.constant([0, (5000 << 10) + 1]),
    isLater: () => true,
    isWhole: true,
  };
}

const smallBytes = fc.integer({ min: 0, max: 200 });

export const laterColumn: fc.Arbitrary<AnyColumn> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(states) },
  { weight: 4, arbitrary: fc.constant(files(smallBytes)) },
  {
    weight: 1,
    arbitrary: fc.constant(
      files(fc.oneof({ weight: 15, arbitrary: smallBytes }, { weight: 1, arbitrary: fc.constant(largeBytes) })),
    ),
  },
);
