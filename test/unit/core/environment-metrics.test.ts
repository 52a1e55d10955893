import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { BudgetFigures, EnvironmentFigures } from "../../../server/core/environment-figures.ts";
import { registerEnvironments } from "../../../server/core/environment-metrics.ts";

const budget: BudgetFigures = { server: "1", secondsLeft: 900, requestsLeft: 5000, inFlight: 2, share: 0.985 };

function figuresOf(budgets: readonly BudgetFigures[]): EnvironmentFigures {
  const principal = { name: "app", isQuarantined: true, executedSeconds: 12.5, operationsToday: 300, budgets };
  const waitedSeconds = { outage: 0, throttled: 0, limits: 0, lanes: 0 };
  return { lanes: 6, inFlight: 5, servers: 2, waitedSeconds, principals: [principal] };
}

describe("the metrics of environments", () => {
  it("show what is asked for at the moment of the scrape", async () => {
    const registry = new Registry();
    registerEnvironments(registry, new Map([["crm", () => figuresOf([budget])]]));
    await registry.metrics();
    const text = await registry.metrics();
    for (const line of [
      'lanes{environment="crm"} 6',
      'requests_in_flight{environment="crm"} 5',
      'web_servers{environment="crm"} 2',
      'principal_quarantined{environment="crm",principal="app"} 1',
      'operations_today{environment="crm",principal="app"} 300',
      'executed_seconds_total{environment="crm",principal="app"} 12.5',
      'budget_seconds_left{environment="crm",principal="app",server="1"} 900',
      'budget_requests_left{environment="crm",principal="app",server="1"} 5000',
      'budget_share{environment="crm",principal="app",server="1"} 0.985',
    ]) {
      expect(text).toContain(`dataverse_flight_${line}\n`);
    }
  });

  it("say nothing of a window whose size is not known, and of a server that was forgotten", async () => {
    const registry = new Registry();
    let budgets = [budget];
    registerEnvironments(registry, new Map([["crm", () => figuresOf(budgets)]]));
    expect(await registry.metrics()).toContain('server="1"');
    budgets = [{ ...budget, server: "any", secondsLeft: Number.POSITIVE_INFINITY }];
    const text = await registry.metrics();
    expect(text).not.toContain('server="1"');
    expect(text).not.toMatch(/seconds_left\{/);
  });
});
