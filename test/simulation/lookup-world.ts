/** Publishes of rows that lead to other rows, and where they lead in the end. */
import type { Column } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { ColumnRequest, PublishRequest } from "../../server/dataverse/request.ts";
import type { Summary } from "../../server/publish/publication.ts";
import { isReset } from "../emulator/wire/http.ts";
import { recordBatch, schemaOf } from "../support/columns.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours } from "./client.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

export function idOf(nth: number): string {
  return `0000abcd-0000-4000-8000-${String(nth).padStart(12, "0")}`;
}

export interface Told {
  readonly outcomes: readonly string[];
  readonly messages: readonly (string | undefined)[];
  readonly summary: Summary;
}

export async function publish(
  world: World,
  request: Partial<PublishRequest>,
  ...batches: readonly (readonly Column[])[]
): Promise<Told> {
  const rows: RowOutcome[] = [];
  const [first = []] = batches;
  const asked = { ...defaults, matchOn: [], ...request };
  const publication = await world.publisher.open(asked, schemaOf(recordBatch(...first)), (_, settled) => {
    for (const { streamRow, outcome } of settled) rows[streamRow] = outcome;
    return Promise.resolve();
  });
  for (const columns of batches) await publication.accept(recordBatch(...columns));
  const summary = await publication.end();
  return {
    outcomes: rows.map(({ kind, failure }) => failure?.code ?? kind),
    messages: rows.map(({ failure }) => failure?.message),
    summary,
  };
}

export async function create(world: World, set: string, ...rows: readonly object[]): Promise<void> {
  for (const row of rows) {
    const answer = await world.emulator.handle({
      method: "POST",
      url: `/api/data/v9.2/${set}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(row),
    });
    if (isReset(answer) || answer.status >= 300) {
      throw new Error(`${set}: ${isReset(answer) ? "reset" : answer.body.toString()}`);
    }
  }
}

/** What happens to the first requests for rows; nothing to the others. */
export function worldOf(...troubles: readonly (Trouble | "none")[]): World {
  const script = (nth: number): Trouble | "none" => troubles[nth - 1] ?? "none";
  return createWorld(1, { faultRate: 0, partFaultRate: 0, principals: 1, script });
}

export async function play<T>(world: World, work: () => Promise<T>): Promise<T> {
  return await world.clock.run(work(), hours);
}

/** By last name, where the lookup of each contact leads. */
export function leads(world: World, attribute: string): Record<string, unknown> {
  return Object.fromEntries(world.emulator.rows("contact").map((row) => [row["lastname"], named(row[attribute])]));
}

export function named(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("table" in value) || !("id" in value)) return value;
  return `${value.table} ${value.id}`;
}

export function account(nth: number): string {
  return `account ${idOf(nth)}`;
}

export function names(count: number, name: (nth: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, nth) => name(nth));
}

export const insert: Partial<PublishRequest> = {
  table: "contact",
  mode: "INSERT",
  strategy: "BATCH",
  rowKey: ["lastname"],
};
export const lastname: ColumnRequest = { sources: ["lastname"], target: "lastname" };

export function toAccount(lookup: ColumnRequest["lookup"]): ColumnRequest {
  return { sources: ["parent"], target: "parentcustomerid", ...(lookup === undefined ? {} : { lookup }) };
}
