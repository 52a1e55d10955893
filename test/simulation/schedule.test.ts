/** What the scheduler gets out of an environment, in kinds of cells; the floors are two points below what was measured. */
import { describe, expect, it } from "vitest";
import type { Cell } from "./limited-run.ts";
import { runCell } from "./limited-run.ts";

const kinds: Readonly<Record<string, readonly (readonly [least: number, cell: Cell])[]>> = {
  "windows alone bind": [
    [97, { principals: 1, servers: 1 }],
    [97, { principals: 2, servers: 1 }],
    [97, { principals: 1, servers: 4 }],
    [97, { principals: 2, servers: 2 }],
    [97, { principals: 1, servers: 1, lanes: 16 }],
  ],
  "the environment takes as many requests as the windows sustain": [
    [93, { principals: 1, servers: 1, lanes: 4 }],
    [94, { principals: 2, servers: 1, lanes: 8 }],
  ],
  "the environment takes fewer than that": [
    [87, { principals: 1, servers: 1, lanes: 2 }],
    [94, { principals: 2, servers: 1, lanes: 6 }],
    [95, { principals: 2, servers: 1, lanes: 6, hint: 6 }],
    [94, { principals: 2, servers: 1, lanes: 4, model: "principal-stretch" }],
    [95, { principals: 2, servers: 1, lanes: 6, model: "refuse" }],
  ],
  "cookies lead elsewhere for a while": [
    [95, { principals: 2, servers: 2, affinity: "draining" }],
    [88, { principals: 1, servers: 4, affinity: "remapped" }],
  ],
  "servers cannot be addressed": [[88, { principals: 1, servers: 4, affinity: "absent" }]],
};

describe.each(Object.entries(kinds))("where %s", (_kind, cells) => {
  it.each(cells)("at least %d percent of the ceiling are had, hardly anything is refused: %j", async (least, cell) => {
    const { share, throttled, early } = await runCell(cell);
    expect(share).toBeGreaterThanOrEqual(least);
    expect(throttled).toBeLessThan(0.5);
    expect(early).toBe(0);
  });
});

/** The penalties of the service do not grow here: no obedient pair would ever leave one that each prolongs for the other. */
const shared: readonly Cell[] = [
  { principals: 1, servers: 1 },
  { principals: 2, servers: 2 },
  { principals: 1, servers: 4, affinity: "absent" },
  { principals: 2, servers: 1, lanes: 6 },
  { principals: 1, servers: 4, lanes: 16 },
  { principals: 2, servers: 2, lanes: 8, model: "refuse" },
];

describe("two processes with the same principals, which know nothing of each other", () => {
  it.each(shared)("get 35 percent each, and nearly all together: %j", async (cell) => {
    const { share, shares } = await runCell({ ...cell, schedulers: 2 });
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(35);
    expect(share).toBeGreaterThanOrEqual(85);
  });
});
