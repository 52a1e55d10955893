/** The dashboard asks for metrics that there are, all of them, and is one that Grafana can show. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EnvironmentFigures } from "../../server/core/environment-figures.ts";
import { createMetrics } from "../../server/core/metrics.ts";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly refId: string }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const text = readFileSync("docs/grafana/dataverse-flight.json", "utf8");
const { schemaVersion, panels, templating } = JSON.parse(text) as Dashboard;
const gridColumns = 24;

/** Lines as a scrape shows them. */
async function samples(): Promise<readonly string[]> {
  const metrics = createMetrics();
  const budget = { server: "1", secondsLeft: 1, requestsLeft: 1, inFlight: 0, share: 1 };
  const principal = { name: "app", isQuarantined: false, executedSeconds: 1, operationsToday: 1, budgets: [budget] };
  const waitedSeconds = { outage: 0, throttled: 0, limits: 0, lanes: 0 };
  const figures: EnvironmentFigures = { lanes: 4, inFlight: 0, servers: 1, waitedSeconds, principals: [principal] };
  metrics.environment("crm", () => figures);
  metrics.memory({ used: 0, limit: 1 });
  metrics.watchEventLoop();
  metrics.counts("crm").requestsOf("app")(200, 1);
  return (await metrics.exposition()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function nameOf(sample: string): string {
  return /^\w+/.exec(sample)?.[0] ?? "";
}

/** Names as a scrape shows them, parts of a histogram included. */
async function metricNames(): Promise<ReadonlySet<string>> {
  return new Set((await samples()).map(nameOf));
}

const asked = new Set(text.match(/dataverse_flight_\w+/g));

describe("the dashboard", () => {
  it("names no metric that there is not", async () => {
    const known = await metricNames();
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  });

  it("shows every metric that there is", async () => {
    const base = (name: string): string => name.replace(/(?<=request_seconds)_(?:bucket|sum|count)$/, "");
    const shown = new Set([...asked].map(base));
    expect([...(await metricNames())].map(base).filter((name) => !shown.has(name))).toEqual([]);
  });

  it("asks for the environments that are chosen, wherever a metric knows of them", async () => {
    const known = new Set((await samples()).filter((line) => line.includes('environment="')).map(nameOf));
    const chosen = ["{environment=~", '"$', 'environment"}'].join("");
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const blind = exprs.filter(
      (expr) => !expr.includes(chosen) && known.has(/dataverse_flight_\w+/.exec(expr)?.[0] ?? ""),
    );
    expect(blind).toEqual([]);
  });

  it("gives each panel an id of its own, a place on the grid and something to ask", () => {
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, type, datasource, gridPos, targets } of panels) {
      expect([title !== "", ["timeseries", "stat"].includes(type)]).toEqual([true, true]);
      expect(datasource.uid).toBe(["$", "{datasource}"].join(""));
      expect(gridPos.x >= 0 && gridPos.x + gridPos.w <= gridColumns && gridPos.h > 0).toBe(true);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      expect(targets.every(({ expr }) => expr !== "")).toBe(true);
    }
  });

  it("lays no panel over another", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it("asks the data source that is chosen", () => {
    expect(templating.list).toContainEqual(expect.objectContaining({ name: "datasource", type: "datasource" }));
  });
});
