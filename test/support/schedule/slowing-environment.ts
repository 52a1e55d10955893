/** An environment whose lanes are always full, and that gets slower beyond its knee: for tests of the search for it. */
import { Knee } from "../../../server/schedule/lanes/knee.ts";
import type { Windows } from "../../../server/schedule/principals/windows.ts";
import { seededRandom } from "../virtual-clock.ts";

/** Lanes that are never exceeded. */
export const most = 512;
export const minute = 60_000;
/** Windows that say nothing. */
export const unbounded: Windows = {
  sustained: Number.POSITIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  exact: true,
  travel: 0,
  principals: 1,
  bind: false,
  burst: false,
};
/** Of each request. */
export const rows = 600;

export interface Setting {
  /** Requests that run at full speed at once; each of n beyond them takes (n / knee) ^ steepness times as long. */
  knee: number;
  steepness: number;
  rowSeconds: number;
  kind: string;
  windows: Windows;
}

/** What its replies teach. */
export class Environment {
  readonly knee: Knee;
  readonly setting: Setting;
  readonly #random = seededRandom(7);
  now = 1_000_000;
  /** Rows written, of those that could have been. */
  share = 0;

  constructor(setting: Partial<Setting>, start = 4) {
    this.knee = new Knee(start, most);
    this.setting = { knee: most, steepness: 1, rowSeconds: 0.008, kind: "account", windows: unbounded, ...setting };
  }

  get lanes(): number {
    return this.knee.lanes(this.setting.windows, this.now);
  }

  reply(): void {
    const { knee, steepness, kind, rowSeconds, windows } = this.setting;
    const stretched = Math.max(1, this.lanes / knee) ** steepness;
    const usual = 0.7 + 0.6 * this.#random();
    const noise = this.#random() < 1 / 500 ? 10 * usual : usual;
    const seconds = rows * rowSeconds * stretched * noise;
    this.now += (seconds * 1000) / this.lanes;
    this.knee.learn({ kind, rows, seconds, travelled: 0 }, windows, this.now);
  }

  /** @returns lanes at its end. */
  run(minutes: number, change: Partial<Setting> = {}): number {
    Object.assign(this.setting, change);
    const from = this.now;
    let written = 0;
    while (this.now < from + minutes * minute) {
      this.reply();
      written += rows;
    }
    const { knee, rowSeconds } = this.setting;
    this.share = written / (((this.now - from) / 1000 / rowSeconds) * knee);
    return this.lanes;
  }
}
