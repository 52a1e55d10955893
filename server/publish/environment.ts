/** A Dataverse environment as the config names it: who sends there, and what may be sent. */
import { SidecarError } from "../core/errors.ts";
import { isTableAllowed } from "../core/settings.ts";
import type { Mode } from "../dataverse/request.ts";
import type { Scheduler } from "../schedule/scheduler.ts";

export interface EnvironmentOptions {
  readonly name: string;
  /** When and by whom requests leave. */
  readonly scheduler: Scheduler;
  /** Logical names; `*` stands for any text. */
  readonly tablesAllowed: readonly string[];
  readonly modesAllowed: readonly Lowercase<Mode>[];
}

export class Environment {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly #options: EnvironmentOptions;

  constructor(options: EnvironmentOptions) {
    this.name = options.name;
    this.scheduler = options.scheduler;
    this.#options = options;
  }

  allows(table: string): boolean {
    return isTableAllowed(this.#options.tablesAllowed, table);
  }

  /** @throws SidecarError `caller_not_allowed`. */
  allowTable(table: string): void {
    if (this.allows(table)) return;
    throw new SidecarError("caller_not_allowed", `The config of '${this.name}' does not allow the table '${table}'.`, {
      remedy: "Add it to tables_allowed.",
    });
  }

  /** @throws SidecarError `caller_not_allowed`. */
  allow(table: string, mode: Mode): void {
    this.allowTable(table);
    if (this.#options.modesAllowed.includes(mode.toLowerCase() as Lowercase<Mode>)) return;
    throw new SidecarError("caller_not_allowed", `The config of '${this.name}' does not allow ${mode}.`, {
      remedy: `Add ${mode.toLowerCase()} to modes_allowed.`,
    });
  }
}

/** @param name empty: the only one. @throws SidecarError `unknown_environment`. */
export function findEnvironment(environments: ReadonlyMap<string, Environment>, name: string): Environment {
  const found = environmentNamed(environments, name);
  if (found !== undefined) return found;
  const known = [...environments.keys()].join(", ");
  const message = name === "" ? "The server knows several environments." : `The server knows no environment '${name}'.`;
  throw new SidecarError("unknown_environment", message, { remedy: `Name one of: ${known}.` });
}

/** As `findEnvironment`; undefined where there is none. */
export function environmentNamed(
  environments: ReadonlyMap<string, Environment>,
  name: string,
): Environment | undefined {
  const [only] = environments.values();
  return name === "" && environments.size === 1 ? only : environments.get(name);
}
