/** What operators read of metrics and of the log names what there is, all of it. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const page = readFileSync("docs/operations.md", "utf8");
const sources = globSync("server/**/*.ts")
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

/** What the first group of `pattern` finds in `text`, each once. */
function found(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort((a, b) => a.localeCompare(b));
}

describe("the page for operators", () => {
  it("names every decision that the log tells, and no other", () => {
    const told = found(sources, /(?:log\?*\.(?:debug|warn)|this\.#tell)\(\s*"((?:a|lanes|requests)\b[^"]+)"/g);
    const [, table = ""] = page.split("## Decisions in the log");
    expect(told.length).toBeGreaterThan(10);
    expect(found(table, /`((?:a|lanes|requests) [^`]+)`/g)).toEqual(told);
  });

  it("shows every metric, and no other", () => {
    const dashboard = readFileSync("docs/grafana/dataverse-flight.json", "utf8");
    const shown = found(dashboard, /(dataverse_flight_\w+?)(?:_bucket|_count|_sum)?\b/g);
    expect(found(page, /`(dataverse_flight_\w+)`/g)).toEqual(shown);
  });
});
