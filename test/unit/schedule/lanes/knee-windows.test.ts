import { describe, expect, it } from "vitest";
import type { Windows } from "../../../../server/schedule/principals/windows.ts";
import { Environment, unbounded } from "../../../support/schedule/slowing-environment.ts";

describe("windows that hold requests back", () => {
  const binding: Windows = { ...unbounded, sustained: 8, bind: true };

  it("end the search for more lanes, which would not be used", () => {
    const environment = new Environment({ knee: 100, windows: binding });
    environment.run(10);
    expect(environment.lanes).toBeLessThanOrEqual(8);
    environment.run(30);
    expect(environment.lanes).toBeLessThanOrEqual(8);
  });

  it("end the doubling at as many requests as they take at once: more would never be seen in use", () => {
    const windows = { ...unbounded, most: 50 };
    const environment = new Environment({ knee: 100, windows });
    while (environment.knee.state.phase === "start") environment.reply();
    expect(environment.knee.lanes({ ...windows, bind: true }, environment.now)).toBe(50);
  });

  it("charge stretched time: lanes that bring little are given up where a guess says nothing of them", () => {
    const lanesAfter = (exact: boolean): number => {
      const windows = { ...unbounded, sustained: 100, bind: true, exact };
      return new Environment({ knee: 32, windows }, 36).run(20);
    };
    expect(lanesAfter(true)).toBe(36);
    expect(lanesAfter(false)).toBeLessThanOrEqual(33);
  });

  it("charge it by what is remembered of fewer lanes, too: they need not be tried again for that", () => {
    const windows = { ...unbounded, sustained: 100, bind: true };
    const environment = new Environment({ knee: 32, windows }, 36);
    expect(environment.run(3)).toBe(36);
    const { epoch } = environment.knee.state;
    environment.setting.windows = { ...windows, exact: false };
    const phases = new Set<string>();
    while (environment.lanes === 36 && environment.knee.state.epoch < epoch + 40) {
      environment.reply();
      phases.add(environment.knee.state.phase);
    }
    expect(environment.lanes).toBeLessThanOrEqual(33);
    expect([...phases]).toEqual(["hold"]);
  });

  it("take back a probe that is under way", () => {
    const environment = new Environment({ knee: 10 });
    environment.run(10);
    for (let i = 0; i < 20_000 && environment.knee.state.phase !== "up"; i++) environment.reply();
    const { knee, lanes, now } = environment;
    knee.bound(now);
    expect([knee.state.phase, knee.lanes(binding, now) < lanes]).toEqual(["hold", true]);
  });

  it("say how many lanes there are where both are nearly the same", () => {
    const environment = new Environment({ knee: 40 });
    environment.run(30);
    const { knee, now } = environment;
    const found = knee.lanes(binding, now);
    for (const sustained of [Math.round(0.85 * found), Math.round(1.15 * found)]) {
      const windows = { ...unbounded, sustained };
      expect([knee.isExact(windows), knee.lanes(windows, now)]).toEqual([true, sustained]);
    }
    knee.refused(found - 2, now);
    expect(knee.lanes({ ...unbounded, sustained: found }, now), "where more were refused").toBe(found - 2);
  });

  it("say nothing exact while they are guessed, or may be spent in a burst", () => {
    const windows = { ...unbounded, sustained: 8 };
    const environment = new Environment({ knee: 8, windows });
    environment.run(60);
    expect(environment.knee.isExact({ ...windows, exact: false })).toBe(false);
    expect(environment.knee.isExact({ ...windows, burst: true })).toBe(false);
  });

  it("are not worth a burst where the environment takes no more than they sustain", () => {
    const windows = { ...unbounded, sustained: 8 };
    const environment = new Environment({ knee: 8, windows });
    expect(environment.knee.isTight(windows), "before anything is known").toBe(false);
    environment.run(30);
    expect(environment.knee.isTight(windows)).toBe(true);
    expect(environment.knee.isTight({ ...windows, sustained: 2 })).toBe(false);
  });
});
