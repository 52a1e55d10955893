/** Where the config takes what it names: files and variables, read through what is handed in. */
import type { Files } from "../core/files.ts";

export interface ConfigSources {
  /** Paths in the config are relative to this folder. */
  readonly folder: string;
  readonly files: Files;
  /** Looks up a variable of the process's environment. */
  readonly variable: (name: string) => string | undefined;
  /** Only of a config that came over a pipe: secrets may stand in it. */
  readonly inlineSecrets: boolean;
}
