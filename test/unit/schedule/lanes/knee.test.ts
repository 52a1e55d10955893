import { describe, expect, it } from "vitest";
import { Knee } from "../../../../server/schedule/lanes/knee.ts";
import type { Windows } from "../../../../server/schedule/principals/windows.ts";
import { Environment, minute, most, rows, unbounded } from "../../../support/schedule/slowing-environment.ts";

describe("the search for the lanes of an environment", () => {
  it("begins with as many as it is told, and never has more than it may", () => {
    expect(new Environment({}).lanes).toBe(4);
    expect(new Environment({}, 4000).lanes).toBe(most);
    const environment = new Environment({});
    expect(environment.run(10)).toBe(most);
  });

  it("doubles them quickly while rows get no slower by it", () => {
    const environment = new Environment({});
    for (let i = 0; i < 50; i++) environment.reply();
    expect(environment.lanes).toBeGreaterThanOrEqual(64);
  });

  it.each([1, 2, 3, 4, 6, 8, 12, 16, 24, 40, 64])("finds %i lanes, whatever it began with", (knee) => {
    for (const start of [1, 4, 16]) {
      const environment = new Environment({ knee }, start);
      environment.run(30);
      environment.run(60);
      expect(environment.lanes, `from ${start}`).toBeGreaterThan(0.75 * knee);
      expect(environment.lanes, `from ${start}`).toBeLessThan(1.4 * knee + 2);
      expect(environment.share, `from ${start}`).toBeGreaterThan(0.9);
    }
  });

  it("follows an environment that takes fewer", () => {
    const environment = new Environment({ knee: 40 });
    environment.run(30);
    expect(environment.run(30, { knee: 10 })).toBeLessThanOrEqual(15);
  });

  it("follows an environment that takes more", () => {
    const environment = new Environment({ knee: 10 });
    environment.run(30);
    expect(environment.run(30, { knee: 40 })).toBeGreaterThanOrEqual(30);
  });

  it("looks ever more seldom where it never found more", () => {
    const environment = new Environment({ knee: 16 });
    environment.run(30);
    let [probes, before] = [0, environment.knee.state.phase];
    for (const until = environment.now + 60 * minute; environment.now < until; ) {
      environment.reply();
      const { phase } = environment.knee.state;
      if (phase === "up" && before !== "up") probes += 1;
      before = phase;
    }
    expect(probes).toBeGreaterThan(2);
    expect(probes).toBeLessThan(40);
  });

  it("takes other work, whose rows are dearer, for no change of the environment", () => {
    const environment = new Environment({ knee: 16 });
    const before = environment.run(30);
    environment.run(10, { kind: "contact", rowSeconds: 0.06 });
    expect(environment.lanes).toBeGreaterThan(0.75 * before);
    expect(environment.lanes).toBeLessThan(1.4 * before);
  });

  it("follows it soon, by what rows take now at any number of lanes, not by what they took before", () => {
    const environment = new Environment({ knee: 16 });
    environment.run(30);
    expect(environment.run(6, { knee: 8 })).toBeLessThanOrEqual(11);
  });

  it("never takes itself for wider than it may be, whether it doubles or tries more", () => {
    const bound = 45;
    const knee = new Knee(4, bound);
    let now = 0;
    const learn = (times: number, windows: Windows): void => {
      for (let i = 0; i < times; i++, now += 1000)
        knee.learn({ kind: "account", rows, seconds: 5, travelled: 0 }, windows, now);
    };
    learn(20, { ...unbounded, bind: true });
    learn(2000, unbounded);
    expect([knee.state.phase, knee.lanes(unbounded, now)], "tried more").toEqual(["hold", bound]);
    const doubled = new Knee(30, bound);
    for (let i = 0; i < 40; i++)
      doubled.learn({ kind: "account", rows, seconds: 5, travelled: 0 }, unbounded, i * 1000);
    expect(doubled.isTight({ ...unbounded, sustained: bound / 1.25 })).toBe(true);
  });

  it("stays where it is when the same work becomes dearer at any number of lanes", () => {
    const environment = new Environment({ knee: 16 });
    environment.run(30);
    expect(environment.run(30, { rowSeconds: 0.02 })).toBeGreaterThan(12);
  });
});

/** From the end of the first look at fewer lanes to the second, milliseconds. */
function betweenLooksDown(environment: Environment): number {
  while (environment.knee.state.phase !== "down") environment.reply();
  while (environment.knee.state.phase === "down") environment.reply();
  const until = environment.now;
  while (environment.knee.state.phase !== "down") environment.reply();
  return environment.now - until;
}

describe("a probe", () => {
  /** Answers of the phase until its first judgement. */
  const answers = (environment: Environment, phase: string): number => {
    while (environment.knee.state.phase !== phase) environment.reply();
    const { epoch } = environment.knee.state;
    let count = 0;
    for (; environment.knee.state.epoch === epoch; count += 1) environment.reply();
    return count;
  };

  it("takes more than a round of short requests, whose first answers tell of the lanes before it", () => {
    const [long, short] = [0.008, 0.0005].map((rowSeconds) =>
      answers(new Environment({ knee: 16, rowSeconds }), "down"),
    );
    expect(short).toBeGreaterThan(1.5 * (long ?? 0));
  });

  it("at the start ends where rows take clearly longer, though the first answers are the quick ones", () => {
    const phaseAt = (stretch: number): string => {
      const knee = new Knee(8, most);
      for (const seconds of [1, stretch])
        for (let i = 0; i < 6; i++) knee.learn({ kind: "account", rows, seconds, travelled: 0 }, unbounded, 0);
      return knee.state.phase;
    };
    expect(["after 2^0.7", phaseAt(2 ** 0.7)]).toEqual(["after 2^0.7", "hold"]);
    expect(["after 2^0.5", phaseAt(2 ** 0.5)]).toEqual(["after 2^0.5", "start"]);
  });

  it("of few lanes asks for three answers and no more, of which each takes its share of all that is done", () => {
    expect(answers(new Environment({ knee: 2 }, 2), "down")).toBe(3);
  });

  it("of fewer lanes that found nothing is remembered for a quarter of an hour: what it costs is not paid again", () => {
    const ms = betweenLooksDown(new Environment({ knee: 2 }, 2));
    expect(ms).toBeGreaterThan(14 * minute);
    expect(ms, "it is forgotten").toBeLessThan(20 * minute);
  });

  it("of fewer lanes, where there are more than windows sustain, comes again soon: what was seen may have been noise", () => {
    const windows = { ...unbounded, sustained: 1.5 };
    expect(betweenLooksDown(new Environment({ knee: 2, windows }, 2))).toBeLessThan(3 * minute);
  });

  it("of fewer lanes that ends on the way is soon followed by another one", () => {
    const environment = new Environment({ knee: 4, steepness: 0.7 }, 16);
    while (environment.knee.state.phase !== "down") environment.reply();
    while (environment.knee.state.phase === "down") environment.reply();
    const from = environment.now;
    while (environment.knee.state.phase !== "down") environment.reply();
    expect(environment.now - from).toBeLessThan(1.5 * minute);
  });
});

describe("a hint", () => {
  it("is where the search begins, and not where it ends", () => {
    const environment = new Environment({ knee: 40 });
    environment.knee.hint(20);
    expect(environment.lanes).toBe(20);
    expect(environment.run(30)).toBeGreaterThan(30);
  });

  it("comes too late once a reply was learned from", () => {
    const environment = new Environment({});
    environment.reply();
    environment.knee.hint(20);
    expect(environment.lanes).toBe(4);
  });

  it("is not believed beyond what may be had", () => {
    const environment = new Environment({});
    environment.knee.hint(100_000);
    expect(environment.lanes).toBe(most);
  });
});

describe("a refusal for too many requests at once", () => {
  function refused(others: number): Environment {
    const environment = new Environment({});
    environment.knee.hint(40);
    environment.knee.refused(others, environment.now);
    return environment;
  }

  it("says how many there may be", () => {
    expect(refused(24).lanes).toBe(24);
    expect(refused(0).lanes).toBe(1);
    expect(refused(100).lanes, "others were let in").toBe(40);
  });

  it("is followed by one lane more, after a minute and some requests", () => {
    const environment = refused(24);
    environment.now += minute;
    for (let i = 0; i < 36; i++) environment.reply();
    expect(environment.lanes, "too few requests").toBe(24);
    for (let i = 0; i < 50; i++) environment.reply();
    expect(environment.lanes).toBe(25);
  });

  it("is not tempted again before that minute is over", () => {
    const environment = refused(24);
    const { now } = environment;
    for (let i = 0; i < 500; i++) {
      environment.reply();
      environment.now = now;
    }
    expect(environment.lanes).toBe(24);
  });

  it("is not tempted again where windows sustain no more", () => {
    const environment = refused(24);
    environment.setting.windows = { ...unbounded, sustained: 10, exact: false };
    for (let i = 0; i < 2000; i++) environment.reply();
    expect(environment.lanes).toBe(24);
  });

  it("again, of the one more, makes the next one wait for twice as many requests", () => {
    const asked = (environment: Environment): number => {
      const before = environment.lanes;
      environment.now += minute;
      let count = 0;
      while (environment.lanes <= before && count < 10_000) {
        environment.reply();
        count += 1;
      }
      environment.knee.refused(before, environment.now);
      return count;
    };
    const environment = refused(8);
    const counts = [asked(environment), asked(environment), asked(environment)];
    const [first = 0, second = 0, third = 0] = counts;
    expect(second / first).toBeGreaterThan(1.5);
    expect(third / second).toBeGreaterThan(1.5);
    for (let i = 0; i < 9; i++) asked(environment);
    expect(asked(environment)).toBeLessThan(1000);
  });
});

describe("spare lanes", () => {
  const roomy: Windows = { ...unbounded, sustained: 100 };

  const spare = ({ knee, lanes, now }: Environment): number => lanes - knee.lanes({ ...roomy, bind: true }, now);

  it("fill the time in which replies travel, where windows are no concern", () => {
    const environment = new Environment({ knee: 16, windows: roomy });
    while (environment.knee.state.phase !== "hold") environment.reply();
    expect(spare(environment)).toBe(2);
    const burst: Windows = { ...roomy, burst: true };
    expect(environment.knee.lanes(burst, environment.now), "windows that are never filled").toBe(environment.lanes);
    const narrow: Windows = { ...roomy, sustained: 18, exact: false };
    expect(environment.knee.lanes(narrow, environment.now), "windows sustain no more").toBe(environment.lanes - 2);
    environment.knee.refused(99, environment.now);
    expect(spare(environment), "where too many are refused").toBe(0);
  });

  it("make up for what travels of short requests, and for more of it now than then", () => {
    const environment = new Environment({ knee: 16, windows: roomy });
    while (environment.knee.state.phase !== "hold") environment.reply();
    const found = environment.lanes - 2;
    const windows = { ...roomy, travel: 0.5 };
    expect(environment.knee.lanes(windows, environment.now)).toBeGreaterThan(1.5 * found + 1);
    expect(environment.knee.lanes(windows, environment.now)).toBeLessThan(1.5 * found + 6);
  });

  it("are taken back where they cost more than they bring", () => {
    const environment = new Environment({ knee: 16, steepness: 2, windows: roomy });
    environment.run(10);
    let [replies, spared] = [0, 0];
    for (; replies < 1000; replies++) {
      environment.reply();
      spared += spare(environment) > 0 ? 1 : 0;
    }
    expect(spared / replies).toBeLessThan(0.2);
  });

  it("come back after a look that what is remembered of fewer lanes answers, though they were put aside for it", () => {
    const environment = new Environment({ knee: 16, windows: { ...roomy, travel: 0.5 } });
    const isDown = (): boolean => environment.knee.state.phase === "down";
    while (!isDown()) environment.reply();
    const from = environment.now;
    // The pace of fewer lanes is remembered for longer than that of the lanes in force, which was seen before it.
    environment.now += 5 * minute;
    while (isDown()) environment.reply();
    environment.now = from + 15.5 * minute;
    const bare: number[] = [];
    while (environment.knee.state.phase === "hold" && environment.now < from + 19 * minute) {
      environment.reply();
      if (environment.knee.state.phase === "hold" && spare(environment) === 0) bare.push(environment.knee.state.epoch);
    }
    expect(new Set(bare).size, "judgements without them").toBe(1);
  });

  it("are tried again soon where much travels, since noise takes them back, too", () => {
    const trials = (travel: number): number => {
      const environment = new Environment({ knee: 16, steepness: 2, windows: { ...roomy, travel } });
      environment.run(10);
      let [begun, before] = [0, 0];
      for (const until = environment.now + 60 * minute; environment.now < until; ) {
        environment.reply();
        const lanes = environment.knee.state.phase === "hold" ? spare(environment) : before;
        if (lanes > 0 && before === 0) begun += 1;
        before = lanes;
      }
      return begun;
    };
    expect(trials(0.3)).toBeGreaterThan(2 * trials(0.01));
  });
});

describe("what a change of lanes rests on", () => {
  it("can be told: the phase, and how much slower rows became", () => {
    const environment = new Environment({ knee: 16 });
    expect(environment.knee.state).toEqual({ phase: "start", epoch: 0, elasticity: Number.NaN });
    environment.run(10);
    while (environment.knee.state.phase !== "hold") environment.reply();
    const { phase, epoch, elasticity } = environment.knee.state;
    expect([phase, epoch > 0, Number.isFinite(elasticity)]).toEqual(["hold", true, true]);
  });
});

describe("spare lanes", () => {
  it("do not become lanes that were found, however often fewer are tried", () => {
    const environment = new Environment({ knee: 20 });
    for (let i = 0; i < 12; i += 1) environment.run(10);
    expect(environment.run(10)).toBeLessThanOrEqual(24);
  });
});
