import { describe, expect, it } from "vitest";
import { readArguments } from "../../emulator/arguments.ts";

describe("the command line", () => {
  it("has limits off by default", () => {
    expect(readArguments([])).toMatchObject({
      port: 5443,
      options: { limits: "off", servers: 1, principals: 1, graceMs: 100 },
    });
  });

  it("compresses and lowers limits", () => {
    const { options } = readArguments(["--limits", "60", "--requests-per-window", "10", "--execution-s", "5"]);
    expect(options.limits).toMatchObject({ compression: 60, requests: 10, executionMs: 5000, concurrent: 52 });
  });

  it("says what bulk messages do where the service is uncertain", () => {
    expect(readArguments([]).options).toMatchObject({
      duplicateUpsertStatus: 400,
      keyOnlyTargets: "refuse",
      bulkErrorDetails: "string",
    });
    const flags = ["--duplicate-upsert-status", "412", "--key-only-targets", "accept", "--bulk-error-details", "array"];
    expect(readArguments(flags).options).toMatchObject({
      duplicateUpsertStatus: 412,
      keyOnlyTargets: "accept",
      bulkErrorDetails: "array",
    });
  });

  it("sizes the capacity by hint and servers unless told", () => {
    const { options } = readArguments(["--capacity", "refuse", "--servers", "2", "--dop-hint", "4"]);
    expect(options.capacity).toEqual({ model: "refuse", lanes: 8, penalty: 0, steps: [] });
    const steps = ["--capacity-steps", "300=8,600=32.5", "--lanes", "0.5", "--overload-penalty", "0.5"];
    expect(readArguments(["--capacity", "shared-stretch", ...steps]).options.capacity).toEqual({
      model: "shared-stretch",
      lanes: 0.5,
      penalty: 0.5,
      steps: [
        { afterMs: 300_000, lanes: 8 },
        { afterMs: 600_000, lanes: 32.5 },
      ],
    });
  });

  it("reads prices", () => {
    const { options } = readArguments(["--cost", "request=70,account.plugin=5,noise=on"]);
    expect(options.costs).toMatchObject({ prices: { batch: 70, bulk: 70, single: 40 }, noise: true, failed: "whole" });
    expect(options.costs?.tables.get("account")).toEqual({ plugin: 5 });
  });

  it("gives Retry-After room and decimals", () => {
    const { options } = readArguments(["--limits", "real", "--room", "5", "--retry-after", "exact"]);
    expect(options.limits).toMatchObject({ room: 0.05, wholeSeconds: false, compression: 1 });
  });

  it.each([
    [["--room", "101"], "--room is a share"],
    [["--capacity", "some"], "--capacity must be one of shared-stretch, principal-stretch, refuse"],
    [["--lanes", "0"], "--lanes must be a number above 0"],
    [["--capacity-steps", "5"], "--capacity-steps are seconds=lanes"],
    [["--cost", "speed=1"], "--cost: 'speed=1' is no price"],
    [["--affinity", "off"], "--affinity must be one of on, absent, draining, remapped, moved"],
    [["--port", "x"], "--port must be a whole number"],
    [["--servers", "0"], "--servers must be a whole number of at least 1"],
    [["--crlf", "maybe"], "--crlf must be one of strict, lenient"],
    [["--limits", "fast"], "--limits must be a whole number"],
    [["--nothing"], "Unknown option '--nothing'"],
  ])("refuses %j with a sentence", (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });
});
