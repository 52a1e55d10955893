import { describe, expect, it } from "vitest";
import type { LogFields } from "../../../../server/core/log.ts";
import { Budget } from "../../../../server/schedule/budgets/budget.ts";
import { anyone } from "../../../../server/schedule/principals/candidates.ts";
import { Crew } from "../../../../server/schedule/principals/crew.ts";
import { Member } from "../../../../server/schedule/principals/member.ts";
import { Servers } from "../../../../server/schedule/servers/servers.ts";
import { Width } from "../../../../server/schedule/servers/width.ts";
import { Gate } from "../../../../server/transport/gate.ts";
import { jsonReply, ScriptedPrincipal } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const scope = "account UPSERT";

/** Principals `a` and `b`, and what is said of them. */
function crewOfTwo() {
  const clock = new VirtualClock();
  const said: (readonly [string, LogFields | undefined])[] = [];
  const tell = (event: string, fields?: LogFields): void => {
    said.push([event, fields]);
  };
  const budget = (): Budget => {
    const gate = new Gate({ clock, principal: "app", retryAfterMaxMs: 900_000 });
    return new Budget({ gate, width: () => 1, reserve: () => 0, expectsLittle: () => false, travel: () => 0 });
  };
  const memberOf = (name: string): Member => {
    const principal = new ScriptedPrincipal(() => jsonReply(200, {}), name);
    const width = new Width({ value: 1 });
    return new Member({ principal, servers: new Servers(), budget, anywhere: budget(), width });
  };
  const [a, b] = [memberOf("a"), memberOf("b")];
  return { clock, said, a, b, crew: new Crew([a, b], { clock, log: { debug: tell, info: tell, warn: tell } }) };
}

describe("a crew", () => {
  it("tells of a quarantine once, of its end, and when it changes by itself", () => {
    const { clock, crew, a, b, said } = crewOfTwo();
    const entry = { want: { ...anyone, spared: new Set(["a"]) }, rows: 1 };
    expect(crew.barred(a, "entry", entry)).toBe(true);
    expect(crew.barred(a, "entry", entry)).toBe(true);
    expect([crew.candidates(), crew.nextAt(clock.now())]).toEqual([[b], clock.now() + 30_000]);
    crew.accepted(a);
    crew.accepted(b);
    expect(said).toEqual([
      ["a principal is refused", { principal: "a", seconds: 30 }],
      ["a principal is let in again", { principal: "a" }],
    ]);
  });

  it("tells of a privilege that is lacking, and counts it where it matters", () => {
    const { crew, a, said } = crewOfTwo();
    const right = { want: { scope, spared: new Set(["a"]) }, rows: 10 };
    expect(crew.barred(a, "right", right)).toBe(true);
    expect([crew.shareOf(scope), crew.shareOf("account INSERT"), crew.shareOf(undefined)]).toEqual([0.5, 1, 1]);
    expect(said).toEqual([["a principal lacks a privilege", { principal: "a", scope }]]);
  });

  it("takes nobody who was not let in for one without a privilege", () => {
    const { crew, a } = crewOfTwo();
    crew.barred(a, "entry", { want: { scope, spared: new Set(["a"]) }, rows: 10 });
    crew.accepted(a);
    expect(crew.shareOf(scope)).toBe(1);
  });

  it("adds up what all have done, and what their windows let through", () => {
    const { clock, crew, a, b } = crewOfTwo();
    a.account.add(2, 100, clock.wall());
    b.account.add(3, 1, clock.wall());
    expect(crew.executedSeconds).toBe(5);
    expect(crew.figures().map(({ name, operationsToday }) => [name, operationsToday])).toEqual([
      ["a", 100],
      ["b", 1],
    ]);
    expect(crew.forecastMs(2 * 1180)).toBe(0);
    expect(crew.forecastMs(2 * 1200)).toBeGreaterThan(0);
  });
});
