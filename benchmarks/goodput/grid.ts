/** Which cells are run: of all that could be, a choice that is drawn from a seed and leaves no value of any dimension out. */
import type { AffinityMode } from "../../test/emulator/limits/affinity.ts";
import { capacityModels } from "../../test/emulator/limits/capacity.ts";
import { seededRandom } from "../../test/support/virtual-clock.ts";
import type { Bad, Cell } from "./cell.ts";
import { clean } from "./cell.ts";
import type { StrategyName } from "./strategies/all.ts";
import { strategies } from "./strategies/all.ts";

export const seed = 1;
const seconds = 900;
const hour = 3600;
const counts = [1, 2, 4, 8];
const affinities: readonly AffinityMode[] = ["on", "draining", "remapped", "absent"];
const hints = [2, 4, 16];
const usualHint = 4;
const penalties = [0, 0.5];
/** Percent. */
const densities = [0.1, 1, 10];
const founders = ["metadata", "service"] as const;
/** Of the capacities for each principals × servers beside the four; of the capacities for each kind of bad rows. */
const drawn = 5;
const drawnBad = 2;

export interface Task {
  readonly cell: Cell;
  readonly by: StrategyName | "AUTO" | "AUTO over sockets";
}

interface Room {
  readonly principals: number;
  readonly servers: number;
}
type Size = "hint" | "hint × servers" | "hint × principals";
type Capacity = { readonly model: (typeof capacityModels)[number]; readonly size: Size } | undefined;

/** The four cells that everything is looked at in. */
const four: readonly Room[] = [1, 4].flatMap((principals) => [1, 4].map((servers) => ({ principals, servers })));
const others: readonly Room[] = counts
  .flatMap((principals) => counts.map((servers) => ({ principals, servers })))
  .filter(
    (room) => !four.some(({ principals, servers }) => principals === room.principals && servers === room.servers),
  );

const unlimited: Capacity = undefined;

/** With one principal or one server some sizes are the same. */
function capacitiesOf({ principals, servers }: Room): readonly Capacity[] {
  const sizes: Size[] = ["hint"];
  if (servers > 1) sizes.push("hint × servers");
  if (principals > 1) sizes.push("hint × principals");
  return [unlimited, ...capacityModels.flatMap((model) => sizes.map((size) => ({ model, size })))];
}

class Draw {
  readonly #random: () => number;
  /** By what is drawn: those that are left until all were had. */
  readonly #left = new Map<string, unknown[]>();

  constructor(from: number) {
    this.#random = seededRandom(from);
  }

  /** One of `all`; none again before each was drawn under this name. */
  one<T>(name: string, all: readonly T[]): T {
    const left = (this.#left.get(name) ?? []) as T[];
    if (left.length === 0) left.push(...all);
    this.#left.set(name, left);
    const [value = all[0]] = left.splice(Math.floor(this.#random() * left.length), 1);
    if (value === undefined) throw new Error(`There is nothing to draw for ${name}.`);
    return value;
  }

  some<T>(count: number, all: readonly T[]): readonly T[] {
    const keyed = all.map((value) => [this.#random(), value] as const);
    return keyed
      .sort(([a], [b]) => a - b)
      .slice(0, count)
      .map(([, value]) => value);
  }
}

interface Wish extends Room {
  readonly capacity: Capacity;
  readonly affinity: AffinityMode;
  readonly hint: number;
  readonly bad?: Bad;
  readonly penalty?: number;
}

function cellOf({ principals, servers, capacity, affinity, hint, bad = clean, penalty = 0 }: Wish): Cell {
  const lanes = { hint, "hint × servers": hint * servers, "hint × principals": hint * principals };
  const room =
    capacity === undefined ? {} : { capacity: { model: capacity.model, lanes: lanes[capacity.size], penalty } };
  return { principals, servers, affinity, hint, ...room, bad, seed, seconds };
}

/** Of each capacity once with affinity on, and once with another affinity and hint, in half of them with a penalty. */
function cleanOfFour(draw: Draw): readonly Cell[] {
  return four.flatMap((room) => {
    const name = `${room.principals}×${room.servers}`;
    const moved = affinities.filter((affinity) => affinity !== "on");
    const capacities = capacitiesOf(room);
    return [
      ...capacities.map((capacity) => cellOf({ ...room, capacity, affinity: "on", hint: usualHint })),
      ...moved.map((affinity) => cellOf({ ...room, capacity: unlimited, affinity, hint: draw.one(name, hints) })),
      ...capacities
        .filter((capacity) => capacity !== undefined)
        .map((capacity) => {
          const penalty = capacity.model === "refuse" ? 0 : draw.one(`${name} penalty`, penalties);
          const hint = draw.one(`${name} hint`, hints);
          return cellOf({ ...room, capacity, affinity: draw.one(`${name} affinity`, affinities), hint, penalty });
        }),
    ];
  });
}

function cleanOfOthers(draw: Draw): readonly Cell[] {
  return others.flatMap((room) =>
    draw.some(drawn, capacitiesOf(room)).map((capacity) => {
      const affinity = draw.one(`${room.principals}×${room.servers} affinity`, affinities);
      return cellOf({ ...room, capacity, affinity, hint: draw.one("hint of others", hints) });
    }),
  );
}

function badOfFour(draw: Draw): readonly Cell[] {
  const kinds = founders.flatMap((foundBy) => densities.map((percent) => ({ percent, foundBy })));
  return four.flatMap((room) =>
    kinds.flatMap((bad) =>
      Array.from({ length: drawnBad }, () => {
        const name = `bad ${room.principals}×${room.servers}`;
        const capacity = draw.one(`${name} capacity`, [
          { of: unlimited },
          ...capacitiesOf(room).map((of) => ({ of })),
        ]).of;
        const affinity = draw.one(`${name} affinity`, ["on", ...affinities] as const);
        return cellOf({ ...room, capacity, affinity, hint: draw.one(`${name} hint`, hints), bad });
      }),
    ),
  );
}

/** Where AUTO stands beside the strategies of others: nothing but the windows, and the capacity that the hint tells of each server. */
function besideOthers(): readonly Cell[] {
  const kinds: readonly Bad[] = [clean, ...founders.map((foundBy) => ({ percent: 1, foundBy }))];
  const shared: Capacity = { model: "shared-stretch", size: "hint × servers" };
  return four.flatMap((room) =>
    kinds.flatMap((bad) =>
      [unlimited, shared].map((capacity) => cellOf({ ...room, capacity, affinity: "on", hint: usualHint, bad })),
    ),
  );
}

function hours(): readonly Task[] {
  const cells = [
    cellOf({ principals: 1, servers: 1, capacity: unlimited, affinity: "on", hint: usualHint }),
    cellOf({
      principals: 4,
      servers: 4,
      capacity: { model: "shared-stretch", size: "hint × servers" },
      affinity: "on",
      hint: usualHint,
    }),
  ];
  const names = ["AUTO", ...(Object.keys(strategies) as StrategyName[])] as const;
  return cells.flatMap((cell) => names.map((by) => ({ cell: { ...cell, seconds: hour }, by })));
}

/** Each of them is run on virtual time, too. */
export function socketCells(): readonly Cell[] {
  const shared: Capacity = { model: "shared-stretch", size: "hint × servers" };
  return [
    cellOf({ principals: 1, servers: 1, capacity: unlimited, affinity: "on", hint: usualHint }),
    cellOf({ principals: 4, servers: 1, capacity: shared, affinity: "on", hint: usualHint }),
    cellOf({ principals: 1, servers: 4, capacity: unlimited, affinity: "on", hint: usualHint }),
  ];
}

/** One seed of the four cells, clean and with 1 % bad rows: a look while one works on it. */
export function quickTasks(): readonly Task[] {
  return besideOthers().map((cell) => ({ cell, by: "AUTO" }));
}

/** All of them, without repetitions. */
export function wholeTasks(): readonly Task[] {
  const draw = new Draw(seed);
  const beside = besideOthers();
  const names = Object.keys(strategies) as StrategyName[];
  const tasks: readonly Task[] = [
    ...[...beside, ...cleanOfFour(draw), ...badOfFour(draw), ...cleanOfOthers(draw)].map(
      (cell): Task => ({ cell, by: "AUTO" }),
    ),
    ...beside.flatMap((cell) => names.map((by): Task => ({ cell, by }))),
    ...hours(),
  ];
  return [...new Map(tasks.map((task) => [JSON.stringify(task), task])).values()];
}
