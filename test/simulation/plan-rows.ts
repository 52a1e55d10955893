/** Rows of several operations: accounts with a state that new rows do not begin in, and with files, some too large for one request. */
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { binary, int32, recordBatch, text } from "../support/columns.ts";
import type { Told } from "./client.ts";
import { settleLate } from "./client.ts";
import type { World } from "./world.ts";
import { defaults } from "./world.ts";

export interface PlanRow {
  readonly index: number;
  readonly state: number | null;
  readonly status: number | null;
  readonly file: Uint8Array | null;
}

const largeBytes = (4 << 20) + 1000;

/** States, statuses and files in every combination that the rows' number allows. */
export function planRows(count: number): readonly PlanRow[] {
  const large = Buffer.alloc(largeBytes, "large");
  return Array.from({ length: count }, (_, index): PlanRow => {
    const state = index % 3 === 2 ? 1 : 0;
    const files = [null, Buffer.from(`file ${index}`), index === 5 ? large : Buffer.from("")];
    return {
      index,
      state: index % 4 === 3 ? null : state,
      status: index % 2 === 0 ? null : state + 1,
      file: files[Math.floor(index / 2) % 3] ?? null,
    };
  });
}

function planBatch(rows: readonly PlanRow[]): RecordBatch {
  return recordBatch(
    text(
      "accountnumber",
      rows.map(({ index }) => `K${index}`),
    ),
    text(
      "name",
      rows.map(({ index }) => `row ${index}`),
    ),
    int32(
      "statecode",
      rows.map(({ state }) => state),
    ),
    int32(
      "statuscode",
      rows.map(({ status }) => status),
    ),
    binary(
      "new_contract",
      rows.map(({ file }) => file),
    ),
    text(
      "file_name",
      rows.map(({ index }) => `Vertrag ${index}ß.pdf`),
    ),
  );
}

const planRequest: Partial<PublishRequest> = {
  mode: "INSERT",
  nulls: "IGNORE",
  columns: [
    ...["accountnumber", "name", "statecode", "statuscode"].map((name) => ({ sources: [name], target: name })),
    { sources: ["new_contract"], target: "new_contract", file: { nameFrom: "file_name" } },
  ],
};

/** Publishes the rows in record batches of three. */
export async function publishPlans(
  world: World,
  rows: readonly PlanRow[],
  request: Partial<PublishRequest> = {},
): Promise<Told> {
  const { mode } = { ...planRequest, ...request };
  const key = mode === "INSERT" ? { matchOn: [], rowKey: ["accountnumber"] } : { matchOn: ["accountnumber"] };
  const asked: PublishRequest = { ...defaults, ...planRequest, ...key, ...request };
  const outcomes = new Map<number, RowOutcome>();
  try {
    const schema = { fields: planBatch([]).columns.map(({ field }) => field) };
    const publication = await world.publisher.open(asked, schema, async (_, settled) => {
      for (const { streamRow, outcome } of settled) {
        if (outcomes.has(streamRow)) throw new Error(`row ${streamRow} settled twice`);
        outcomes.set(streamRow, outcome);
      }
      await world.clock.turn();
    });
    for (let at = 0; at < rows.length; at += 3) await publication.accept(planBatch(rows.slice(at, at + 3)));
    return { outcomes, summary: await publication.end() };
  } catch (error) {
    return { outcomes, summary: undefined, error };
  }
}

/** Every row that is not as its outcome says, as a sentence. */
export async function planBreaches(world: World, rows: readonly PlanRow[], { outcomes }: Told): Promise<string[]> {
  await settleLate(world);
  const breaches: string[] = [];
  for (const row of rows) {
    const stands = world.emulator.rows("account").filter(({ accountnumber }) => accountnumber === `K${row.index}`);
    const outcome = outcomes.get(row.index);
    const is = `row ${row.index} (${outcome?.failure?.code ?? outcome?.kind ?? "untold"})`;
    const [only] = stands;
    if (stands.length > 1) breaches.push(`duplicated: ${is}`);
    else if (outcome === undefined && only !== undefined) breaches.push(`${is} was applied`);
    else if (outcome?.failure?.code === "partly_applied" && only === undefined) breaches.push(`${is} is not there`);
    else if (outcome !== undefined && outcome.kind !== "failed") {
      breaches.push(...(await differences(world, row, only)).map((what) => `lost: ${what} of ${is}`));
    }
  }
  return breaches;
}

async function differences(
  world: World,
  row: PlanRow,
  stands: Readonly<Record<string, unknown>> | undefined,
): Promise<string[]> {
  if (stands === undefined) return ["all"];
  const state = row.state ?? (row.status === 2 ? 1 : 0);
  const file = row.file === null ? undefined : await fileOf(world, String(stands["accountid"]));
  return [
    ...(stands["name"] === `row ${row.index}` ? [] : ["name"]),
    ...(Number(stands["statecode"]) === state ? [] : ["state"]),
    ...(Number(stands["statuscode"]) === (row.status ?? state + 1) ? [] : ["status"]),
    ...(row.file === null || file?.equals(row.file) === true ? [] : ["file"]),
  ];
}

async function fileOf(world: World, id: string): Promise<Buffer | undefined> {
  const reply = await world.emulator.handle({
    method: "GET",
    url: `/api/data/v9.2/accounts(${id})/new_contract/$value`,
    headers: {},
    body: "",
  });
  return "reset" in reply || reply.status !== 200 ? undefined : Buffer.from(reply.bytes ?? reply.body);
}
