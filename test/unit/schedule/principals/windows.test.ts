import { describe, expect, it } from "vitest";
import { Budget } from "../../../../server/schedule/budgets/budget.ts";
import { Crew } from "../../../../server/schedule/principals/crew.ts";
import { Member } from "../../../../server/schedule/principals/member.ts";
import type { Windows } from "../../../../server/schedule/principals/windows.ts";
import { AllWindows } from "../../../../server/schedule/principals/windows.ts";
import { Servers } from "../../../../server/schedule/servers/servers.ts";
import { Width } from "../../../../server/schedule/servers/width.ts";
import { Gate } from "../../../../server/transport/gate.ts";
import { jsonReply, ScriptedPrincipal } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Principals before servers that are known by these cookies. */
class Bench {
  readonly clock = new VirtualClock();
  readonly servers = new Servers();
  readonly members: readonly Member[];
  readonly windows: AllWindows;
  travel = 0;

  constructor(principals: number, ...cookies: readonly string[]) {
    const gate = (): Gate => new Gate({ clock: this.clock, principal: "app", retryAfterMaxMs: 900_000 });
    const first = { value: Number.POSITIVE_INFINITY };
    this.members = Array.from({ length: principals }, () => {
      const width = new Width(first);
      const budget = (of: () => number): Budget =>
        new Budget({ gate: gate(), width: of, reserve: () => 0, expectsLittle: () => false, travel: () => 0 });
      const principal = new ScriptedPrincipal(() => new Error("asked"));
      const anywhere = budget(() => width.value);
      return new Member({ principal, servers: this.servers, budget: () => budget(() => 1), anywhere, width });
    });
    const crew = new Crew(this.members, { clock: this.clock });
    this.windows = new AllWindows({ crew, servers: this.servers, travel: () => this.travel });
    for (const cookie of cookies) {
      const reply = jsonReply(200, {}, { "set-cookie": `ARRAffinity=${cookie}; path=/` });
      const server = this.servers.answered("app", undefined, reply, this.clock.now());
      if (server !== undefined) for (const member of this.members) member.budgetOf(server);
    }
  }

  get budgets(): readonly Budget[] {
    return this.members.flatMap(({ budgets }) => budgets);
  }

  async after(ms: number): Promise<Windows> {
    await this.clock.run(this.clock.sleep(ms));
    return this.windows.at(this.clock.now());
  }
}

describe("all windows together", () => {
  it("sustain four seconds a second for each principal and server, and lanes for what travels", async () => {
    const bench = new Bench(2, "aa", "bb", "cc");
    expect(await bench.after(0)).toEqual({
      sustained: 24,
      most: Number.POSITIVE_INFINITY,
      exact: true,
      travel: 0,
      principals: 2,
      burst: true,
      bind: false,
    });
    bench.travel = 0.5;
    expect(await bench.after(1000)).toMatchObject({ sustained: 36, travel: 0.5 });
  });

  it("sustain nobody knows how much where servers are not known, then what refusals tell, which is a guess", async () => {
    const bench = new Bench(1);
    expect(await bench.after(0)).toMatchObject({ sustained: Number.POSITIVE_INFINITY, most: 50, exact: true });
    for (const { width } of bench.members) width.refused(3.5, bench.clock.now());
    expect(await bench.after(1000)).toMatchObject({ sustained: 14, most: 175, exact: false });
  });

  it("bind when they are nearly full, and may be spent in a burst again once they are empty", async () => {
    const bench = new Bench(1, "aa");
    const now = bench.clock.now();
    for (const budget of bench.budgets) {
      expect(budget.mayTake(1, now)).toBe(true);
      budget.charge(0.94 * 1200, now);
    }
    expect(await bench.after(0)).toMatchObject({ bind: true, burst: false });
    expect(await bench.after(400_000)).toMatchObject({ bind: false, burst: true });
  });

  it("are summed up ten times a second at most", async () => {
    const bench = new Bench(1, "aa");
    await bench.after(0);
    for (const budget of bench.budgets) budget.charge(1200, bench.clock.now());
    expect(await bench.after(50)).toMatchObject({ bind: false });
    expect(await bench.after(50)).toMatchObject({ bind: true });
  });
});
