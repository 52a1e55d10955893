/** The readings that a mapping needs, in the order in which they are done; most mappings need none. */
import type { Mapping } from "../dataverse/mapping.ts";
import type { Finder } from "./finder.ts";
import type { PreparationStep } from "./preparation.ts";

/** One for each stream: a step may remember what it read. */
export function preparationSteps(_mapping: Mapping, _finder: Finder): readonly PreparationStep[] {
  return [];
}
