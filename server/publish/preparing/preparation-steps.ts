/** The readings that a mapping needs, in the order in which they are done; most mappings need none. */
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
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

/** A GUID as text, and its places. */
const bytesPerId = 100;

/** What the steps hold of every row, bytes; alternate keys that no URL can name are too few to count. */
export function foundBytesOf({ matchKey, references }: Mapping): number {
  const found = references.filter(({ targets }) => targets.some(({ kind }) => kind !== "primary"));
  return bytesPerId * (found.length + (matchKey.kind === "business" ? 1 : 0));
}
