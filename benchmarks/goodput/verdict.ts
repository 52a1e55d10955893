/** The lines by which scheduling is judged, each met or missed by how much. */
import { nameOf } from "./cell.ts";
import { barOf, boundOf, isServiceFound } from "./kinds.ts";
import type { Scored } from "./worker.ts";

export interface Line {
  readonly what: string;
  /** Cells that the line is about, and those of them that miss it. */
  readonly cells: number;
  readonly missed: readonly string[];
}

type Rule = readonly [
  what: string,
  isAbout: (scored: Scored) => boolean,
  missedBy: (scored: Scored) => string | undefined,
];

const throttledMost = 0.5;

const rules: readonly Rule[] = [
  [
    "97 % where one limit binds and affinity is on",
    isPlain(({ cell }) => cell.affinity === "on" && boundOf(cell) !== "both"),
    underBar,
  ],
  [
    "95 % where capacity equals the budget and affinity is on",
    isPlain(({ cell }) => cell.affinity === "on" && boundOf(cell) === "both"),
    underBar,
  ],
  [
    "95 % on servers that drain where capacity binds",
    isPlain(({ cell }) => cell.affinity === "draining" && boundOf(cell) === "capacity"),
    underBar,
  ],
  [
    "92, 90, 89 % without cookies on 2, 4, 8 servers",
    isPlain(({ cell }) => cell.affinity === "absent" && cell.servers > 1),
    underBar,
  ],
  ["95 % of the best splitting where only the service finds bad rows", ({ cell }) => isServiceFound(cell), underBar],
  [
    "429s below 0.5 % of requests",
    () => true,
    ({ score }) => (score.throttled < throttledMost ? undefined : `${score.throttled.toFixed(2)} %`),
  ],
  ["no request before a Retry-After that was read", () => true, ({ score }) => counted(score.early)],
  ["no row lost", () => true, ({ score }) => counted(score.lost)],
  ["no row doubled", () => true, ({ score }) => counted(score.doubled)],
];

/** @param beside scores of other strategies in cells of AUTO's. */
export function verdict(auto: readonly Scored[], beside: readonly Scored[]): readonly Line[] {
  const lines = rules.map(([what, isAbout, missedBy]) => {
    const about = auto.filter(isAbout);
    const missed = about.flatMap((scored) => {
      const by = missedBy(scored);
      return by === undefined ? [] : [`${nameOf(scored.cell)}: ${by}`];
    });
    return { what, cells: about.length, missed };
  });
  return [...lines, { what: "no other strategy above AUTO", cells: beside.length, missed: above(auto, beside) }];
}

function above(auto: readonly Scored[], beside: readonly Scored[]): readonly string[] {
  const own = new Map(auto.map(({ cell, score }) => [JSON.stringify(cell), score.steady]));
  return beside.flatMap(({ cell, by, score }) => {
    const more = score.steady - (own.get(JSON.stringify(cell)) ?? Number.POSITIVE_INFINITY);
    return more > 0 ? [`${nameOf(cell)}: ${by} by ${more.toFixed(1)} points`] : [];
  });
}

export function textOf({ what, cells, missed }: Line): string {
  const head = missed.length === 0 ? `met in all ${cells}` : `missed in ${missed.length} of ${cells}`;
  return [`${head}: ${what}`, ...missed.map((each) => `    ${each}`)].join("\n");
}

/** Rows that are clean, or bad by what metadata says. */
function isPlain(isAbout: (scored: Scored) => boolean): (scored: Scored) => boolean {
  return (scored) => !isServiceFound(scored.cell) && isAbout(scored);
}

function underBar({ cell, score }: Scored): string | undefined {
  const less = (barOf(cell) ?? 0) - score.steady;
  return less > 0 ? `${score.steady.toFixed(1)} %, ${less.toFixed(1)} points short` : undefined;
}

function counted(count: number): string | undefined {
  return count === 0 ? undefined : String(count);
}
