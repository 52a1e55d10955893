/** What environments look like at the moment of a scrape. Labels are names of the config, client ids and numbers of servers up to 64. */
import type { Registry } from "prom-client";
import { Counter, Gauge } from "prom-client";
import type { EnvironmentFigures, PrincipalFigures } from "./environment-figures.ts";

export type EnvironmentSource = () => EnvironmentFigures;

type Sources = ReadonlyMap<string, EnvironmentSource>;
type Each<Figures> = (
  figures: Figures,
  labels: Record<string, string>,
) => readonly (readonly [Record<string, string>, number])[];

/** Registers what is asked of `sources`, by the environment's name, at each scrape. */
export function registerEnvironments(registry: Registry, sources: Sources): void {
  const gaugeOf = gauges(registry, sources);
  gaugeOf("lanes", "Requests that may be under way at once.", [], ({ lanes }, labels) => [[labels, lanes]]);
  gaugeOf("requests_in_flight", "Requests under way.", [], ({ inFlight }, labels) => [[labels, inFlight]]);
  gaugeOf("web_servers", "Web servers known by their cookies.", [], ({ servers }, labels) => [[labels, servers]]);
  const principal = ["principal"];
  gaugeOf(
    "principal_quarantined",
    "1 while a principal is refused and left alone.",
    principal,
    eachPrincipal(({ isQuarantined }, labels) => [[labels, isQuarantined ? 1 : 0]]),
  );
  gaugeOf(
    "operations_today",
    "Operations since midnight (UTC) or the start, as licences count them; other clients of the principal are not seen.",
    principal,
    eachPrincipal(({ operationsToday }, labels) => [[labels, operationsToday]]),
  );
  const server = [...principal, "server"];
  gaugeOf(
    "budget_seconds_left",
    "Seconds of execution left of the window of 300 s.",
    server,
    eachBudget("secondsLeft"),
  );
  gaugeOf("budget_requests_left", "Requests left of the window of 300 s.", server, eachBudget("requestsLeft"));
  gaugeOf("budget_share", "Share of the documented limits that is planned with.", server, eachBudget("share"));
  registerExecuted(registry, sources);
}

function gauges(registry: Registry, sources: Sources) {
  return (name: string, help: string, labelNames: readonly string[], each: Each<EnvironmentFigures>): void => {
    new Gauge({
      name: `dataverse_flight_${name}`,
      help,
      labelNames: ["environment", ...labelNames],
      registers: [registry],
      collect() {
        // A server that is forgotten leaves no value behind.
        this.reset();
        for (const [environment, source] of sources) {
          for (const [labels, value] of each(source(), { environment })) this.set(labels, value);
        }
      },
    });
  };
}

function registerExecuted(registry: Registry, sources: Sources): void {
  new Counter({
    name: "dataverse_flight_executed_seconds_total",
    help: "Seconds of execution that the service charges, by our reckoning.",
    labelNames: ["environment", "principal"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [environment, source] of sources) {
        for (const { name, executedSeconds } of source().principals) {
          this.inc({ environment, principal: name }, executedSeconds);
        }
      }
    },
  });
}

function eachPrincipal(each: Each<PrincipalFigures>): Each<EnvironmentFigures> {
  return ({ principals }, labels) =>
    principals.flatMap((figures) => each(figures, { ...labels, principal: figures.name }));
}

function eachBudget(field: "secondsLeft" | "requestsLeft" | "share"): Each<EnvironmentFigures> {
  return eachPrincipal(({ budgets }, labels) =>
    budgets
      .map((budget) => [{ ...labels, server: budget.server }, budget[field]] as const)
      // Nothing is known yet of how much there is.
      .filter(([, value]) => Number.isFinite(value)),
  );
}
