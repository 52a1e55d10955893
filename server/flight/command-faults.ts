/** Collects what is wrong with a command, so that its author hears everything at once. */
import { SidecarError } from "../core/errors.ts";

const logicalNamePattern = /^[A-Za-z0-9_]{1,128}$/;
const printable = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
const columnNameMax = 1024;
const runIdCharactersMax = 128;
const quotedMax = 100;
const faultsMax = 20;

function quoted(text: string): string {
  return JSON.stringify(text.length > quotedMax ? `${text.slice(0, quotedMax)}…` : text);
}

export class Faults {
  readonly #sentences: string[] = [];
  readonly #within: string;

  /** `within` is what stands before the names of fields, e.g. `publish.`. */
  constructor(within: string) {
    this.#within = within;
  }

  /** Notes a fault of the field unless `good`. */
  expect(good: boolean, field: string, sentence: string): void {
    if (!good && this.#sentences.length < faultsMax) this.#sentences.push(`${this.#within}${field} ${sentence}`);
  }

  /** A name as Dataverse gives to tables and attributes: nothing else may stand in an address. */
  logicalName(name: string, field: string): void {
    const sentence = `is ${quoted(name)}; a logical name has 1 to 128 letters, digits and underscores.`;
    this.expect(logicalNamePattern.test(name), field, sentence);
  }

  logicalNames(names: readonly string[], field: string, max: number): void {
    this.#list(names, field, max);
    for (const [i, name] of names.slice(0, max).entries()) this.logicalName(name, `${field}[${i}]`);
  }

  columnName(name: string, field: string): void {
    const good = name.length > 0 && name.length <= columnNameMax;
    this.expect(good, field, `must be the name of an input column, 1 to ${columnNameMax} characters long.`);
  }

  columnNames(names: readonly string[], field: string, max: number): void {
    this.#list(names, field, max);
    for (const [i, name] of names.slice(0, max).entries()) this.columnName(name, `${field}[${i}]`);
  }

  runId(runId: string, field: string): void {
    const good =
      runId !== "" && [...runId].length <= runIdCharactersMax && runId.isWellFormed() && printable.test(runId);
    this.expect(good, field, `must have 1 to ${runIdCharactersMax} printable characters.`);
  }

  /** @throws SidecarError invalid_command, if there is any fault. */
  assertNone(): void {
    if (this.#sentences.length === 0) return;
    throw new SidecarError("invalid_command", this.#sentences.join(" "), { remedy: "Correct the command." });
  }

  #list(names: readonly string[], field: string, max: number): void {
    this.expect(names.length <= max, field, `has ${names.length} names; ${max} are allowed.`);
    this.expect(new Set(names).size === names.length, field, "names something twice.");
  }
}

/** @throws SidecarError invalid_command */
export function assertLogicalName(name: string, field: string): void {
  const faults = new Faults("");
  faults.logicalName(name, field);
  faults.assertNone();
}

/**
 * The runId, if it may name a run.
 * @throws SidecarError invalid_command
 */
export function assertRunId(runId: string): string {
  const faults = new Faults("");
  faults.runId(runId, "runId");
  faults.assertNone();
  return runId;
}
