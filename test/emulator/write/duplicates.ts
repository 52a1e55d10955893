/** Duplicate detection: rules that a request must ask for, unlike keys, which the database enforces. */
import type { Session } from "../environment.ts";
import { stored } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import { keyPart } from "../rows/values.ts";
import type { DuplicateRule } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Candidate } from "./plan.ts";

/** Throws the service's refusal if a rule finds another row like this one. */
export function refuseDuplicates(session: Session, { table, id, values, sent }: Candidate): void {
  const touched = new Set(sent.map(({ column }) => column));
  const rules = table.duplicateRules.filter(({ columns }) => columns.some((column) => touched.has(column)));
  for (const rule of rules) {
    const own = textOf(rule, (ordinal) => values[ordinal] ?? null);
    if (own === undefined) {
      continue;
    }
    for (const row of session.store.rows(table).all()) {
      if (row.id !== id && textOf(rule, (_ordinal, column) => stored(row, column)) === own) {
        throw new ServiceError(
          session.settings.duplicateRuleStatus,
          codes.duplicatesFound,
          "A record was not created or updated because a duplicate of the current record already exists.",
        );
      }
    }
  }
}

/** Blank values are no match for each other. */
function textOf(
  { columns }: DuplicateRule,
  valueAt: (ordinal: number, column: DuplicateRule["columns"][number]) => Stored,
): string | undefined {
  const parts = columns.map((column) => valueAt(column.ordinal, column));
  return parts.includes(null) ? undefined : parts.map(keyPart).join("\u0000");
}
