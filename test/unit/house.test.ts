/** Rules of the house that no linter holds. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const files = readdirSync("server", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts") && !file.includes("/gen/"))
  .sort();
const tests = new Set(readdirSync("test/unit", { recursive: true, encoding: "utf8" }));
const text = (file: string): string => readFileSync(`server/${file}`, "utf8");

/** What a file without a single statement declares needs no test: types. */
function holdsCode(file: string): boolean {
  return /^(export )?(async )?(function|class|const|let) |^process\./m.test(text(file));
}

describe("the house", () => {
  it("has a unit test for each file of the server that holds code", () => {
    const untested = files.filter(
      (file) => file !== "main.ts" && holdsCode(file) && !tests.has(file.replace(/\.ts$/, ".test.ts")),
    );
    expect(untested).toEqual([]);
  });

  it("keeps half of its files within 100 lines", () => {
    const lengths = files.map((file) => text(file).split("\n").length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100);
  });

  it("silences no check", () => {
    expect(files.filter((file) => /biome-ignore|@ts-(ignore|expect-error|nocheck)/.test(text(file)))).toEqual([]);
  });

  it("goes up only at the beginning of an import's path: anywhere else it would slip through the import rules", () => {
    expect(files.filter((file) => /from "\.\/\.\.\/|from "[^"]*[^."/]\/\.\.\//.test(text(file)))).toEqual([]);
  });
});
