/** What the scheduler gets out of an environment, in kinds of cells; the floors are two points below what was measured. */
import { describe, expect, it } from "vitest";
import type { Cell } from "./limited-run.ts";
import { runCell } from "./limited-run.ts";

const kinds: Readonly<Record<string, readonly (readonly [least: number, cell: Cell])[]>> = {
  "windows alone bind": [
    [98, { principals: 1, servers: 1 }],
    [98, { principals: 2, servers: 1 }],
    [98, { principals: 1, servers: 4 }],
    [98, { principals: 2, servers: 2 }],
    [98, { principals: 1, servers: 1, lanes: 16 }],
  ],
  "the environment takes as many requests as the windows sustain": [
    [94, { principals: 1, servers: 1, lanes: 4 }],
    [95, { principals: 2, servers: 1, lanes: 8 }],
  ],
  "the environment takes fewer than that": [
    [90, { principals: 1, servers: 1, lanes: 2 }],
    [96, { principals: 2, servers: 1, lanes: 6 }],
    [96, { principals: 2, servers: 1, lanes: 6, hint: 6 }],
    [94, { principals: 2, servers: 1, lanes: 4, model: "principal-stretch" }],
    [95, { principals: 2, servers: 1, lanes: 6, model: "refuse" }],
  ],
  "cookies lead elsewhere for a while": [
    [93, { principals: 2, servers: 2, affinity: "draining" }],
    [87, { principals: 1, servers: 4, affinity: "remapped" }],
  ],
  "servers cannot be addressed": [[90, { principals: 1, servers: 4, affinity: "absent" }]],
};

describe.each(Object.entries(kinds))("where %s", (_kind, cells) => {
  it.each(cells)("at least %d percent of the ceiling are had, hardly anything is refused: %j", async (least, cell) => {
    const { share, throttled, early } = await runCell(cell);
    expect(share).toBeGreaterThanOrEqual(least);
    expect(throttled).toBeLessThan(0.5);
    expect(early).toBe(0);
  });
});

/** Each prolongs the penalties of the other, which it does not know of: it takes them a while to find their shares. */
const shared: readonly (readonly [least: number, cell: Cell])[] = [
  [35, { principals: 1, servers: 1 }],
  [33, { principals: 2, servers: 2 }],
  [38, { principals: 1, servers: 1, affinity: "absent" }],
  [35, { principals: 1, servers: 4, affinity: "absent" }],
  [35, { principals: 2, servers: 1, lanes: 6 }],
  [35, { principals: 1, servers: 4, lanes: 16 }],
  [35, { principals: 2, servers: 1, lanes: 16 }],
  // Whoever asks in vain gives some lanes up.
  [25, { principals: 2, servers: 2, lanes: 8, model: "refuse" }],
];

describe("two processes with the same principals, which know nothing of each other", () => {
  it.each(shared)("get at least %d percent each, and most of it together: %j", async (least, cell) => {
    const { share, least: had } = await runCell({ ...cell, schedulers: 2, steadyAt: 900, seconds: 2700 });
    expect(had).toBeGreaterThanOrEqual(least);
    expect(share).toBeGreaterThanOrEqual(74);
  });
});

describe("a process that joins another one, whose windows are full and which knows nothing of it", () => {
  it("gets a fair part within the hour where servers cannot be addressed", async () => {
    const cell = { principals: 1, servers: 4, affinity: "absent", schedulers: 2 } as const;
    const { share, least: had } = await runCell({ ...cell, joinsAt: 900, steadyAt: 2700, seconds: 4500 });
    expect(had).toBeGreaterThanOrEqual(25);
    expect(share).toBeGreaterThanOrEqual(85);
  });
});
