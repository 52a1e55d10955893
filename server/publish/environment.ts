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
