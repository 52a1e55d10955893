import { describe, expect, it } from "vitest";
import { readArguments } from "../../../emulator/arguments.ts";

describe("flags of writes", () => {
  it("have the stricter defaults", () => {
    expect(readArguments([]).options).toMatchObject({
      subseconds: "keep",
      excessDigits: "refuse",
      emptyText: "null",
      missingKeyStatus: 404,
      missingIdStatus: 404,
      duplicateRuleStatus: 412,
      batchHeaders: "part",
    });
  });

  it("say what is wanted instead", () => {
    const flags = [
      "--empty-text=keep",
      "--missing-id-status=400",
      "--duplicate-rule-status=500",
      "--subseconds=drop",
      "--batch-headers=inherit",
    ];
    expect(readArguments(flags).options).toMatchObject({
      emptyText: "keep",
      missingIdStatus: 400,
      duplicateRuleStatus: 500,
      batchHeaders: "inherit",
      subseconds: "drop",
    });
    expect(() => readArguments(["--missing-id-status=500"])).toThrow("--missing-id-status");
  });
});
