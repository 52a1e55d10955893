/**
 * Reads the operator's config. All faults are told at once, each with its key and what to do; no value of a secret is ever
 * part of a message.
 */
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { warningOfExposed } from "../core/files.ts";
import type { Settings } from "../core/settings.ts";
import { schemaOf } from "./schema.ts";
import type { ConfigSources } from "./sources.ts";
import { configWords } from "./words.ts";

export interface ConfigFault {
  /** E.g. `environments.demo.principals.0.client_id`; empty for the whole. */
  readonly key: string;
  readonly message: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

const configCharactersMax = 1024 * 1024;

/** @returns the settings, or every fault that was found. */
export function readConfig(text: string, sources: ConfigSources): ConfigResult {
  if (text.length > configCharactersMax) return fault("The config is larger than 1 MiB.");
  // Pretty errors would quote the text, secrets included.
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  // What comes after the first fault mostly follows from it.
  const [broken] = document.errors;
  if (broken !== undefined) return fault(`Not YAML, line ${lines.linePos(broken.pos[0]).line}: ${broken.message}.`);
  let tree: unknown;
  try {
    // Aliases can make a small text a huge tree.
    tree = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return fault("YAML aliases (*name) are not supported: write the value out.");
  }
  const warnings: string[] = [];
  const files = warningOfExposed(sources.files, warnings);
  const parsed = schemaOf({ ...sources, files }).safeParse(tree, { error: configWords });
  return parsed.success
    ? { ok: true, settings: parsed.data, warnings }
    : { ok: false, faults: parsed.error.issues.map(faultOf) };
}

/** The config as JSON Schema, with each key's description. */
export function configJsonSchema(sources: ConfigSources): unknown {
  return z.toJSONSchema(schemaOf(sources), { io: "input" });
}

function fault(message: string): ConfigResult {
  return { ok: false, faults: [{ key: "", message }] };
}

function faultOf({ path, message }: z.core.$ZodIssue): ConfigFault {
  return { key: path.join("."), message };
}
