/** Tells the metrics what a stream has done since it last told them: once per batch, not once per row. */
import type { EnvironmentCounts } from "../../core/environment-counts.ts";
import type { OutcomeKind } from "../../core/outcome.ts";
import type { Counts } from "../rows/ledger.ts";

const kinds: readonly OutcomeKind[] = ["created", "updated", "upserted", "deleted", "unchanged", "failed"];

export type StreamMetrics = Pick<EnvironmentCounts, "rows" | "waited">;

export class Figures {
  readonly #metrics: StreamMetrics;
  readonly #told = new Map<OutcomeKind, number>();

  constructor(metrics: StreamMetrics) {
    this.#metrics = metrics;
  }

  tell(counts: Counts): void {
    for (const kind of kinds) {
      const more = counts[kind] - (this.#told.get(kind) ?? 0);
      if (more > 0) this.#metrics.rows(kind, more);
      this.#told.set(kind, counts[kind]);
    }
  }
}
