/** The flags of row writes, for what the service leaves uncertain. */
import { choice } from "../core/flags.ts";
import type { Settings } from "../environment.ts";

export const writeUsage = `  --subseconds keep|drop    digits after the second, default keep
  --excess-digits refuse|round   digits beyond a column's precision
  --empty-text null|keep    how a text without characters is stored
  --missing-key-status 404|400   a lookup bound by a key that no row has
  --missing-id-status 404|400    a lookup bound by the id of no row
  --duplicate-rule-status 412|500   a row that duplicate rules refuse
  --batch-headers part|inherit   whose headers say in whose name a part of a batch acts
`;

const text = { type: "string" } as const;

export const writeFlags = {
  subseconds: text,
  "excess-digits": text,
  "empty-text": text,
  "missing-key-status": text,
  "missing-id-status": text,
  "duplicate-rule-status": text,
  "batch-headers": text,
} as const;

type Given = { readonly [name in keyof typeof writeFlags]?: string | undefined };

type WriteSettings = Pick<
  Settings,
  | "subseconds"
  | "excessDigits"
  | "emptyText"
  | "missingKeyStatus"
  | "missingIdStatus"
  | "duplicateRuleStatus"
  | "batchHeaders"
>;

/** Throws a UsageError. */
export function writeOptions(values: Given): WriteSettings {
  const missing = (flag: "missing-key-status" | "missing-id-status"): 404 | 400 =>
    choice(values[flag], `--${flag}`, ["404", "400"]) === "404" ? 404 : 400;
  const rules = choice(values["duplicate-rule-status"], "--duplicate-rule-status", ["412", "500"]);
  return {
    subseconds: choice(values.subseconds, "--subseconds", ["keep", "drop"]),
    excessDigits: choice(values["excess-digits"], "--excess-digits", ["refuse", "round"]),
    emptyText: choice(values["empty-text"], "--empty-text", ["null", "keep"]),
    missingKeyStatus: missing("missing-key-status"),
    missingIdStatus: missing("missing-id-status"),
    batchHeaders: choice(values["batch-headers"], "--batch-headers", ["part", "inherit"]),
    duplicateRuleStatus: rules === "412" ? 412 : 500,
  };
}
