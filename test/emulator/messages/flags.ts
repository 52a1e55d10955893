/** The flags of bulk messages, for what the service leaves uncertain. */
import { choice } from "../core/flags.ts";
import type { Settings } from "../environment.ts";

export const bulkUsage = `  --duplicate-upsert-status 400|412   two targets of an UpsertMultiple that mean the same row
  --key-only-targets refuse|accept    targets with key columns, but neither primary key nor @odata.id
  --bulk-error-details string|array   how failed targets of elastic tables are told
`;

const text = { type: "string" } as const;

export const bulkFlags = {
  "duplicate-upsert-status": text,
  "key-only-targets": text,
  "bulk-error-details": text,
} as const;

type Given = { readonly [name in keyof typeof bulkFlags]?: string | undefined };

/** Throws a UsageError. */
export function bulkOptions(
  values: Given,
): Pick<Settings, "duplicateUpsertStatus" | "keyOnlyTargets" | "bulkErrorDetails"> {
  const status = choice(values["duplicate-upsert-status"], "--duplicate-upsert-status", ["400", "412"]);
  return {
    duplicateUpsertStatus: status === "400" ? 400 : 412,
    keyOnlyTargets: choice(values["key-only-targets"], "--key-only-targets", ["refuse", "accept"]),
    bulkErrorDetails: choice(values["bulk-error-details"], "--bulk-error-details", ["string", "array"]),
  };
}
