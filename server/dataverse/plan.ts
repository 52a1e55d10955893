/** The steps of a row after its first: what they send, and as what their answers are judged. */
import type { Mapping } from "./mapping.ts";

/** Every later step changes the row that the first one wrote or found, so its answers are those of an update. */
export function laterSteps(mapping: Mapping): Mapping {
  return { ...mapping, request: { ...mapping.request, mode: "UPDATE" } };
}
