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

  it.each([
    [["--port", "x"], "--port must be a whole number"],
    [["--servers", "0"], "--servers must be a whole number of at least 1"],
    [["--crlf", "maybe"], "--crlf must be one of strict, lenient"],
    [["--limits", "fast"], "--limits must be a whole number"],
    [["--nothing"], "Unknown option '--nothing'"],
  ])("refuses %j with a sentence", (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });
});
