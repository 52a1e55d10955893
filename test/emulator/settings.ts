/** What the environment does where the service is uncertain, unless somebody says otherwise: the stricter. */
import type { Settings } from "./environment.ts";

/** A file in a single request is the longest body that the service documents. */
const bodyBytesMax = 128 * 1024 * 1024;

const defaults: Settings = {
  url: "https://localhost",
  subseconds: "keep",
  excessDigits: "refuse",
  missingKeyStatus: 404,
  missingIdStatus: 404,
  duplicateUpsertStatus: 400,
  keyOnlyTargets: "refuse",
  keyIndexMs: 0,
  elasticLagMs: 0,
  bulkErrorDetails: "string",
  duplicateRuleStatus: 412,
  emptyText: "null",
  batchHeaders: "part",
  operationsMax: 1000,
  crlf: "strict",
  bodyBytesMax: bodyBytesMax,
  requestEncoding: "refuse",
  keepValues: true,
};

/** The given ones, with defaults for the rest. */
export function settingsOf(options: Partial<Settings>): Settings {
  const given = Object.entries(options).filter(([name, value]) => name in defaults && value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
