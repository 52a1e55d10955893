import { describe, expect, it } from "vitest";
import type { Effect } from "../../../emulator/oracle/effect.ts";
import { Effects, valuesMax } from "../../../emulator/oracle/effects.ts";
import { guid } from "../support.ts";

function effect(number: number): Omit<Effect, "sequence"> {
  return {
    time: 1.5e12 + number,
    principal: `p${number % 3}`,
    server: number % 2,
    request: number,
    operation: number % 5 === 0 ? "delete" : "update",
    table: number % 2 === 0 ? "account" : "contact",
    id: guid(number) + (number % 4 === 0 ? `,tenant ${number % 8}` : ""),
    hash: number % 5 === 0 ? "" : number.toString(16).padStart(16, "f"),
    repeated: number % 5 === 1,
  };
}

describe("effects", () => {
  it("come back as they were appended", () => {
    const effects = new Effects();
    const all = Array.from({ length: 10_000 }, (_, index) => effect(index));
    for (const one of all) {
      effects.append(one);
    }
    expect([...effects]).toEqual(all.map((one, index) => ({ sequence: index + 1, ...one })));
  });

  it("are selected from a point on, so many at most", () => {
    const effects = new Effects();
    for (let index = 0; index < 20; index += 1) {
      effects.append(effect(index));
    }
    const found = effects.select(5, 3, ({ table }) => table === "contact");
    expect(found.map(({ sequence }) => sequence)).toEqual([6, 8, 10]);
  });

  it("long past have lost what they carried, and nothing else", () => {
    const effects = new Effects();
    for (let index = 0; index <= valuesMax; index += 1) {
      effects.append({ ...effect(1), values: { index } });
    }
    expect([effects.at(0).values, effects.at(1).values]).toEqual([undefined, { index: 1 }]);
    expect(effects.at(valuesMax).values).toEqual({ index: valuesMax });
    expect(effects.at(0).hash).toBe(effect(1).hash);
  });
});
