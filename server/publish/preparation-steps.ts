/** The readings that a mapping needs, in the order in which they are done; most mappings need none. */
import type { Mapping } from "../dataverse/mapping.ts";
import type { Finder } from "./finder.ts";
import { KeyStep } from "./key-step.ts";
import { LookupStep } from "./lookup-step.ts";
import type { PreparationStep } from "./preparation.ts";

/** One for each stream: a step may remember what it read. */
export function preparationSteps(mapping: Mapping, finder: Finder): readonly PreparationStep[] {
  const { finding, references } = mapping;
  return [
    ...(finding === undefined ? [] : [new KeyStep({ mapping, finding, finder })]),
    ...(references.some(({ targets }) => targets.some(({ kind }) => kind !== "primary"))
      ? [new LookupStep(references, finder)]
      : []),
  ];
}
