import { describe, expect, it } from "vitest";
import { configOf, faultsOf, settingsOf } from "./samples.ts";

describe("the metrics of a config", () => {
  it("are off unless they are named, and on loopback unless told", () => {
    expect(settingsOf(configOf()).metrics).toBeUndefined();
    expect(settingsOf(configOf({ top: { metrics: {} } })).metrics).toEqual({ host: "127.0.0.1", port: 9464 });
  });

  it("refuses a port that is none", () => {
    expect(faultsOf(configOf({ top: { metrics: { port: -1 } } })).join()).toMatch(/^metrics\.port: /);
  });
});
