/** Elastic tables and row versions against the emulator: partial success, partitions, replaced rows, versions that have changed. */
import { describe, expect, it } from "vitest";
import type { Column } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import type { Summary } from "../../server/publish/publication.ts";
import { isReset } from "../emulator/wire/http.ts";
import { int64, recordBatch, schemaOf, text } from "../support/columns.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours } from "./client.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const reading = { table: "new_reading", matchOn: ["new_readingid"] } as const;
const set = "/api/data/v9.2/new_readings";

function idOf(nth: number): string {
  return `0000abcd-0000-4000-8000-${String(nth).padStart(12, "0")}`;
}

function readings(partitions: readonly (string | null)[], names: readonly (string | null)[]): readonly Column[] {
  return [
    text(
      "new_readingid",
      partitions.map((_, nth) => idOf(nth)),
    ),
    text("partitionid", partitions),
    text("new_name", names),
  ];
}

interface Told {
  readonly outcomes: readonly string[];
  readonly summary: Summary;
  readonly rows: readonly RowOutcome[];
}

async function publish(world: World, request: Partial<PublishRequest>, columns: readonly Column[]): Promise<Told> {
  const batch = recordBatch(...columns);
  const rows: RowOutcome[] = [];
  const publication = await world.publisher.open({ ...defaults, ...request }, schemaOf(batch), (_, settled) => {
    for (const { streamRow, outcome } of settled) rows[streamRow] = outcome;
    return Promise.resolve();
  });
  await publication.accept(batch);
  const summary = await publication.end();
  return { outcomes: rows.map(({ kind, failure }) => failure?.code ?? kind), summary, rows };
}

async function write(world: World, method: string, url: string, body?: unknown): Promise<string> {
  const answer = await world.emulator.handle({
    method,
    url,
    headers: { "content-type": "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
  });
  if (isReset(answer) || answer.status >= 300) throw new Error(`${method} ${url} was not done`);
  return answer.body.toString();
}

async function seed(world: World, partitions: readonly string[]): Promise<void> {
  for (const [nth, partitionid] of partitions.entries()) {
    await write(world, "POST", set, { new_readingid: idOf(nth), partitionid, new_name: "before", new_count: 7 });
  }
}

async function etagOf(world: World, id: string, partition: string): Promise<string> {
  const row: unknown = JSON.parse(await write(world, "GET", `${set}(${id})?partitionId='${partition}'`));
  const etag = typeof row === "object" && row !== null && "@odata.etag" in row ? row["@odata.etag"] : undefined;
  return String(etag);
}

/** The service's own rows, as `partition/name`. */
function standing(world: World): readonly string[] {
  return world.emulator.rows("new_reading").map((row) => `${row["partitionid"]}/${row["new_name"]}`);
}

function worldOf(script: readonly (Trouble | "none")[] = [], elasticLagMs = 0): World {
  const wire = { faultRate: 0, partFaultRate: 0, script: (nth: number) => script[nth - 1] ?? ("none" as const) };
  return createWorld(1, { ...wire, principals: 1, elasticLagMs });
}

async function play<T>(world: World, work: () => Promise<T>): Promise<T> {
  return await world.clock.run(work(), hours);
}

describe("an elastic table", () => {
  it("takes requests of a hundred rows, and the rows that are good of each", async () => {
    const world = worldOf();
    const all = Array.from({ length: 250 }, () => "dev-1");
    const { summary } = await play(world, () =>
      publish(
        world,
        { ...reading, mode: "INSERT", matchOn: [], strategy: "BULK" },
        readings(
          all,
          all.map((_, nth) => `row ${nth}`),
        ),
      ),
    );
    expect(summary).toMatchObject({ created: 250, failed: 0 });
    expect(world.emulator.rows("new_reading").length).toBe(250);
    expect(summary.strategy).not.toContain("$batch");
  });

  it("tells a duplicate from a row of its own that stands there already", async () => {
    const world = worldOf();
    const { outcomes } = await play(world, async () => {
      await seed(world, ["dev-1", "dev-1"]);
      return await publish(
        world,
        { ...reading, mode: "INSERT", matchOn: [] },
        readings(["dev-1", "dev-1", "dev-1"], ["before", "other", "new"]),
      );
    });
    expect(outcomes).toEqual(["unchanged", "duplicate_key_in_input", "created"]);
  });

  it("creates no row twice when the reply to a request of rows is lost", async () => {
    const world = worldOf(["lost"]);
    const { outcomes } = await play(world, () =>
      publish(world, { ...reading, mode: "INSERT", matchOn: [] }, readings(["dev:1", null, "dev/3"], ["a", "b", "c"])),
    );
    expect(outcomes).toEqual(["created", "created", "created"]);
    expect(standing(world).toSorted()).toEqual([`${idOf(1)}/b`, "dev/3/c", "dev:1/a"].toSorted());
  });

  it.each(["BULK", "BATCH"] as const)("names rows by id and partition, by %s", async (strategy) => {
    const world = worldOf();
    const { outcomes } = await play(world, async () => {
      await seed(world, ["dev-1", "dev-2", "dev-3"]);
      return await publish(
        world,
        { ...reading, mode: "UPDATE", strategy },
        readings(["dev-1", "elsewhere", "dev-3", "dev/4"], ["a", "b", "c", "d"]),
      );
    });
    expect(outcomes).toEqual(["updated", "row_missing", "updated", "value_not_mappable"]);
    expect(standing(world)).toEqual(["dev-1/a", "dev-2/before", "dev-3/c"]);
  });

  it("erases nothing by an upsert unless that is said", async () => {
    const world = worldOf();
    const columns = readings(["dev-1"], ["a"]);
    const { refused, summary } = await play(world, async () => {
      await seed(world, ["dev-1"]);
      const upsert = { ...reading, mode: "UPSERT" } as const;
      return {
        refused: await publish(world, upsert, columns).catch((error: unknown) => String(error)),
        summary: (await publish(world, { ...upsert, replaceRow: true }, columns)).summary,
      };
    });
    expect(refused).toContain("new_count");
    expect(summary.upserted).toBe(1);
    expect(world.emulator.rows("new_reading")).toMatchObject([{ new_name: "a", new_count: null }]);
  });

  it.each([
    ["ACCEPT", "unchanged"],
    ["FAIL", "row_missing"],
  ] as const)("deletes in bulk, and a missing row is as onMissing %s says", async (onMissing, missing) => {
    const world = worldOf();
    const { outcomes, summary } = await play(world, async () => {
      await seed(world, ["dev-1", "dev-2", "dev-3"]);
      return await publish(
        world,
        { ...reading, mode: "DELETE", onMissing },
        readings(["dev-1", "elsewhere", "dev-3"], []).slice(0, 2),
      );
    });
    expect(outcomes).toEqual(["deleted", missing, "deleted"]);
    expect(standing(world)).toEqual(["dev-2/before"]);
    expect(summary.strategy).not.toContain("$batch");
  });

  it("takes a row that an earlier try deleted for deleted, when the reply was lost", async () => {
    const world = worldOf(["lost"]);
    const { outcomes } = await play(world, async () => {
      await seed(world, ["dev-1"]);
      return await publish(
        world,
        { ...reading, mode: "DELETE", onMissing: "FAIL" },
        readings(["dev-1"], []).slice(0, 2),
      );
    });
    expect(outcomes).toEqual(["deleted"]);
  });

  it("says of a refused row what the service says of it alone", async () => {
    const world = worldOf();
    const insert = { ...reading, mode: "INSERT", matchOn: [], strategy: "BULK" } as const;
    // As many characters as the attribute holds, and twice as many bytes as a partition may have.
    const { rows } = await play(world, () => publish(world, insert, readings(["dev-1", "é".repeat(1024)], ["a", "b"])));
    expect(rows[0]?.kind).toBe("created");
    expect(rows[1]?.failure).toMatchObject({ code: "row_rejected", serviceCode: "0x80044331", httpStatus: 400 });
  });
});

describe("an elastic table whose reads lag behind", () => {
  const lags = [1000, 5000, 15_000] as const;

  it.each(lags)("acknowledges what a lost reply had created, once it shows: %i ms", async (lagMs) => {
    for (const strategy of ["BULK", "BATCH"] as const) {
      const world = worldOf(["lost"], lagMs);
      const insert = { ...reading, mode: "INSERT", matchOn: [], strategy } as const;
      const { outcomes } = await play(world, () =>
        publish(world, insert, readings(["dev-1", null, "dev-1"], ["a", "b", "c"])),
      );
      expect(outcomes, strategy).toEqual(["created", "created", "created"]);
      expect(standing(world).toSorted()).toEqual([`${idOf(1)}/b`, "dev-1/a", "dev-1/c"].toSorted());
    }
  });

  it.each(lags)("takes the version that its own lost update made for its own: %i ms", async (lagMs) => {
    const world = worldOf(["lost"], lagMs);
    const { outcomes } = await play(world, async () => {
      await seed(world, ["dev-1", "dev-1"]);
      await world.clock.sleep(20_000);
      const etags = await Promise.all([0, 1].map((nth) => etagOf(world, idOf(nth), "dev-1")));
      return await publish(world, { ...reading, mode: "UPDATE", rowVersion: "version" }, [
        ...readings(["dev-1", "dev-1"], ["a", "b"]),
        text("version", etags),
      ]);
    });
    expect(outcomes).toEqual(["updated", "updated"]);
  });

  it("deletes what was created a moment ago, though a later attempt does not see it", async () => {
    const world = worldOf([], 5000);
    const { outcomes } = await play(world, async () => {
      const columns = readings(["dev-1", "dev-1"], ["a", "b"]);
      await publish(world, { ...reading, mode: "INSERT", matchOn: [], runId: "insert" }, columns);
      const remove = { ...reading, mode: "DELETE", runId: "delete" } as const;
      await publish(world, remove, [text("new_readingid", [idOf(8)]), text("partitionid", ["dev-1"])]);
      return await publish(world, { ...remove, attempt: 1 }, columns.slice(0, 2));
    });
    expect(outcomes).toEqual(["deleted", "deleted"]);
    expect(standing(world)).toEqual([]);
  });
});

describe("a row version", () => {
  const account = { table: "account", matchOn: ["accountid"], rowVersion: "version" } as const;

  async function accounts(world: World): Promise<readonly string[]> {
    const versions: string[] = [];
    for (const nth of [0, 1]) {
      await write(world, "POST", "/api/data/v9.2/accounts", { accountid: idOf(nth), name: "before" });
      const url = `/api/data/v9.2/accounts(${idOf(nth)})?$select=versionnumber`;
      versions.push(String(JSON.parse(await write(world, "GET", url)).versionnumber));
    }
    return versions;
  }

  const columns = (versions: readonly string[], names: readonly string[]): readonly Column[] => [
    text("accountid", [idOf(0), idOf(1)]),
    text("name", names),
    text("version", versions),
  ];

  it("keeps a row that was changed since from being written over", async () => {
    const world = worldOf();
    const { outcomes } = await play(world, async () => {
      const versions = await accounts(world);
      await write(world, "PATCH", `/api/data/v9.2/accounts(${idOf(1)})`, { name: "theirs" });
      return await publish(world, { ...account, mode: "UPDATE" }, columns(versions, ["ours", "ours"]));
    });
    expect(outcomes).toEqual(["updated", "row_changed"]);
    expect(world.emulator.rows("account").map(({ name }) => name)).toEqual(["ours", "theirs"]);
  });

  it("that our own lost attempt made is no change by another", async () => {
    const world = worldOf(["lost"]);
    const { outcomes } = await play(world, async () =>
      publish(world, { ...account, mode: "UPDATE" }, columns(await accounts(world), ["ours", "ours"])),
    );
    expect(outcomes).toEqual(["updated", "updated"]);
  });

  it("keeps a row that was changed since from being deleted, whatever form the version has", async () => {
    const world = worldOf();
    const { outcomes } = await play(world, async () => {
      const [first = "", second = ""] = await accounts(world);
      await write(world, "PATCH", `/api/data/v9.2/accounts(${idOf(1)})`, { name: "theirs" });
      const etags = columns([`W/"${first}"`, `W/"${second}"`], []);
      return await publish(
        world,
        { ...account, mode: "DELETE" },
        [etags[0], etags[2]].flatMap((one) => one ?? []),
      );
    });
    expect(outcomes).toEqual(["deleted", "row_changed"]);
  });

  it("is a number as well, and a row without one is not sent", async () => {
    const world = worldOf();
    const { outcomes } = await play(world, async () => {
      const [first = ""] = await accounts(world);
      const [ids, names] = columns([], ["ours", "ours"]);
      const version = int64("version", [BigInt(first), null]);
      return await publish(
        world,
        { ...account, mode: "UPDATE" },
        [ids, names, version].flatMap((one) => one ?? []),
      );
    });
    expect(outcomes).toEqual(["updated", "value_not_mappable"]);
  });
});
