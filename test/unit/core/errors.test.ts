import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asSidecarError, SidecarError } from "../../../server/core/errors.ts";

describe("SidecarError", () => {
  it("is one line of code, sentence and remedy", () => {
    expect(new SidecarError("unknown_table", "No table x.", { remedy: "Check it." }).line).toBe(
      "unknown_table: No table x. Check it.",
    );
  });

  it("has no blank where there is no remedy", () => {
    expect(new SidecarError("internal", "Odd.").line).toBe("internal: Odd.");
  });
});

describe("asSidecarError", () => {
  it("leaves ours alone", () => {
    const error = new SidecarError("draining", "x", { retryAfterMs: 5 });
    expect(asSidecarError(error)).toBe(error);
  });

  it.each([new Error("canary"), "canary", undefined])(
    "says nothing of what is not ours (%s) but keeps it for the log",
    (thrown) => {
      const error = asSidecarError(thrown);
      expect([error.code, error.cause]).toEqual(["internal", thrown]);
      expect(error.line).not.toContain("canary");
    },
  );
});

describe("the README", () => {
  it("names every code that a client can meet, and no other", () => {
    const [, section = ""] = readFileSync("README.md", "utf8").split("\n## Failures, and what to do\n");
    const [failures = ""] = section.split("\n## ");
    const [, streams = "", rows = ""] =
      /type StreamCode =([^;]+);[\s\S]*type RowCode =([^;]+);/.exec(readFileSync("server/core/errors.ts", "utf8")) ??
      [];
    const codes = [...`${streams}${rows}`.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
    const told = [...failures.matchAll(/^\|(.+?)\|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/(?<=`)[a-z_]+(?=`)/g) ?? [],
    );
    const stopped = failures.match(/(?<=`)(?:too_many_failed_rows|progress_timeout)(?=`)/g) ?? [];
    expect(new Set([...told, ...stopped])).toEqual(new Set(codes));
  });
});
