import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import type { Headers } from "./support.ts";
import {
  ask,
  batch,
  batchType,
  changeSet,
  codeOf,
  emulatorWith,
  guid,
  multipart,
  part,
  partStatuses,
  VirtualClock,
} from "./support.ts";

type Fields = Readonly<Record<string, unknown>>;

const id = guid(1);
const partitioned = `new_readings(new_readingid=${id},partitionid='dev-1')`;

function values(reply: { readonly body: string }): Fields {
  return JSON.parse(reply.body) as Fields;
}

describe("an elastic row", () => {
  it("is found by its id where it has no partition of its own", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "POST new_readings", { new_readingid: id, new_name: "a" });
    expect(reply.status).toBe(204);
    expect(values(await ask(emulator, `GET new_readings(${id})`))).toMatchObject({ new_name: "a", partitionid: id });
  });

  it("needs its partition in the address where it has one", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_readings", { new_readingid: id, partitionid: "dev-1", new_name: "a" });
    expect((await ask(emulator, `GET new_readings(${id})`)).status).toBe(404);
    for (const at of [
      partitioned,
      `new_readings(${id})?partitionId='dev-1'`,
      `new_readings(${id})?partitionId=dev-1`,
    ]) {
      const reply = await ask(emulator, `GET ${at}`);
      expect([reply.status, values(reply)["new_name"], values(reply)["new_readingid"]]).toEqual([200, "a", id]);
    }
    const missing = await ask(emulator, `GET new_readings(${id})?partitionId='dev-2'`);
    expect([missing.status, codeOf(missing)]).toEqual([404, "0x80040217"]);
    expect(missing.body).toContain(`new_reading With Id = ${id} Does Not Exist`);
  });

  it("shares its id with rows of other partitions", async () => {
    const emulator = emulatorWith();
    for (const partitionid of ["dev-1", "dev-2", "DEV-1"]) {
      expect((await ask(emulator, "POST new_readings", { new_readingid: id, partitionid })).status).toBe(204);
    }
    expect(emulator.rows("new_reading")).toHaveLength(3);
    const again = await ask(emulator, "POST new_readings", { new_readingid: id, partitionid: "dev-1" });
    expect([again.status, codeOf(again)]).toEqual([412, "0x80040237"]);
  });

  it("is deleted in its partition only", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_readings", { new_readingid: id, partitionid: "dev-1" });
    await ask(emulator, "POST new_readings", { new_readingid: id, partitionid: "dev-2" });
    expect((await ask(emulator, `DELETE new_readings(${id})`)).status).toBe(404);
    expect((await ask(emulator, `DELETE new_readings(${id})?partitionId='dev-1'`)).status).toBe(204);
    expect(emulator.rows("new_reading").map((row) => row["partitionid"])).toEqual(["dev-2"]);
    expect((await ask(emulator, `DELETE new_readings(new_readingid=${id},partitionid='dev-2')`)).status).toBe(204);
  });

  it("answers a keyed PATCH with the key in OData-EntityId", async () => {
    const reply = await ask(emulatorWith(), `PATCH ${partitioned}`, { new_name: "a" });
    expect([reply.status, reply.headers["odata-entityid"]]).toEqual([
      204,
      `https://localhost/api/data/v9.2/${partitioned}`,
    ]);
  });

  it("takes the partition of a PATCH from the body, never from the query", async () => {
    const emulator = emulatorWith();
    await ask(emulator, `PATCH new_readings(${id})?partitionId='dev-9'`, { partitionid: "dev-1", new_name: "a" });
    await ask(emulator, "POST new_readings?partitionId='dev-9'", { new_readingid: guid(2), new_name: "other" });
    await ask(emulator, `DELETE new_readings(${guid(2)})`);
    await ask(emulator, `PATCH new_readings(${id})`, { partitionid: "dev-1", new_name: "b" });
    expect(emulator.rows("new_reading")).toMatchObject([{ partitionid: "dev-1", new_name: "b" }]);
  });

  it("keeps its partition", async () => {
    const emulator = emulatorWith();
    await ask(emulator, `PATCH ${partitioned}`, { new_name: "a" });
    await ask(emulator, `PATCH ${partitioned}`, { new_name: "b", partitionid: "dev-2" }, { "if-match": "*" });
    expect(emulator.rows("new_reading")).toMatchObject([{ partitionid: "dev-1", new_name: "b" }]);
  });

  it("is replaced as a whole by an upsert, and changed in part by an update", async () => {
    const emulator = emulatorWith();
    await ask(emulator, `PATCH ${partitioned}`, { new_name: "a", new_count: 1 });
    await ask(emulator, `PATCH ${partitioned}`, { new_name: "b" }, { "if-match": "*" });
    expect(emulator.rows("new_reading")).toMatchObject([{ new_name: "b", new_count: 1 }]);
    await ask(emulator, `PATCH ${partitioned}`, { new_name: "c" });
    expect(emulator.rows("new_reading")).toMatchObject([
      { new_name: "c", new_count: null, partitionid: "dev-1", new_readingid: id },
    ]);
  });

  it("has a version of the form of a GUID", async () => {
    const emulator = emulatorWith();
    await ask(emulator, `PATCH ${partitioned}`, { new_name: "a" });
    const etag = String(values(await ask(emulator, `GET ${partitioned}`))["@odata.etag"]);
    expect(etag).toMatch(/^W\/"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"$/);
    expect((await ask(emulator, `PATCH ${partitioned}`, { new_name: "b" }, { "if-match": etag })).status).toBe(204);
    expect((await ask(emulator, `PATCH ${partitioned}`, { new_name: "c" }, { "if-match": etag })).status).toBe(412);
  });

  it("gives a session token for writes, not for reads and deletes, and takes it back", async () => {
    const emulator = emulatorWith();
    const token = (await ask(emulator, `PATCH ${partitioned}`, { new_name: "a" })).headers["x-ms-session-token"];
    expect(token).toMatch(/^240:8#\d+#7=-1$/);
    const read = await ask(emulator, `GET ${partitioned}`, "", { "mscrm.sessiontoken": token ?? "" });
    expect([read.status, read.headers["x-ms-session-token"]]).toEqual([200, undefined]);
    expect((await ask(emulator, `DELETE ${partitioned}`)).headers["x-ms-session-token"]).toBeUndefined();
    expect((await ask(emulator, "POST accounts", { name: "a" })).headers["x-ms-session-token"]).toBeUndefined();
  });

  it("is read for a while as it was before, but with the token of its last write or a later one", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, elasticLagMs: 1000 });
    const read = async (token = ""): Promise<unknown> => {
      const reply = await ask(emulator, `GET ${partitioned}`, "", { "mscrm.sessiontoken": token });
      return reply.status === 200 ? values(reply)["new_name"] : reply.status;
    };
    const first = (await ask(emulator, `PATCH ${partitioned}`, { new_name: "a" })).headers["x-ms-session-token"];
    expect([await read(), await read("240:8#1#7=-1"), await read("strange"), await read(first)]).toEqual([
      ...[404, 404, 404],
      "a",
    ]);
    const second = (await ask(emulator, `PATCH ${partitioned}`, { new_name: "b" })).headers["x-ms-session-token"];
    expect([await read(), await read(first), await read(second)]).toEqual([404, "a", "b"]);
    await clock.advance(1000);
    expect([await read(), await read(first)]).toEqual(["b", "b"]);
    await ask(emulator, `DELETE ${partitioned}`);
    expect([await read(), await read(second)]).toEqual(["b", "b"]);
    await clock.advance(1000);
    expect(await read()).toBe(404);
  });

  it("lives for ttlinseconds after its last write, by the environment's clock", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    await ask(emulator, "POST new_readings", { new_readingid: id, ttlinseconds: 60 });
    await ask(emulator, "POST new_readings", { new_readingid: guid(2), ttlinseconds: 120 });
    await ask(emulator, "POST new_readings", { new_readingid: guid(3) });
    await clock.advance(50_000);
    await ask(emulator, `PATCH new_readings(${id})`, { new_name: "a" }, { "if-match": "*" });
    await clock.advance(50_000);
    expect((await ask(emulator, `GET new_readings(${id})`)).status).toBe(200);
    await clock.advance(10_000);
    expect((await ask(emulator, `GET new_readings(${id})`)).status).toBe(404);
    await clock.advance(3_600_000);
    const { value } = values(await ask(emulator, "GET new_readings")) as { value: Fields[] };
    expect(value.map((row) => row["new_readingid"])).toEqual([guid(3)]);
  });

  it("expires for the side door too", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    await ask(emulator, "POST new_readings", { ttlinseconds: 60 });
    expect(emulator.rows("new_reading")).toHaveLength(1);
    await clock.advance(60_000);
    expect(emulator.counts().tables["new_reading"]).toMatchObject({ creates: 1, deletes: 0, rows: 0 });
    expect(emulator.rows("new_reading")).toHaveLength(0);
  });

  it("has a partition of 1,024 bytes at most", async () => {
    const emulator = emulatorWith();
    expect((await ask(emulator, "POST new_readings", { partitionid: "x".repeat(1024) })).status).toBe(204);
    const reply = await ask(emulator, "POST new_readings", { partitionid: "é".repeat(513) });
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80044331"]);
  });

  it("is listed by partition", async () => {
    const emulator = emulatorWith();
    for (const [number, partitionid] of ["dev-1", "dev-2", "dev-1"].entries()) {
      await ask(emulator, "POST new_readings", { new_readingid: guid(number), partitionid });
    }
    const { value } = values(await ask(emulator, "GET new_readings?partitionId='dev-1'")) as { value: Fields[] };
    expect(value.map((row) => row["new_readingid"])).toEqual([guid(0), guid(2)]);
  });

  it("stays where a change set fails after it, while a standard row goes", async () => {
    const emulator = emulatorWith();
    const set = changeSet([
      part(`PATCH ${partitioned}`, { new_name: "a" }),
      part("POST accounts", { name: "b" }),
      part("POST new_readings", { nonsense: 1 }),
    ]);
    const reply = await ask(emulator, "POST $batch", multipart([set]), batchType);
    expect(partStatuses(reply)).toEqual([400]);
    expect(emulator.rows("new_reading")).toHaveLength(1);
    expect(emulator.rows("account")).toHaveLength(0);
    expect([...emulator.ledger.effects].map(({ table }) => table)).toEqual(["new_reading"]);
  });

  it("can be referred to by its Content-ID, partition and all", async () => {
    const emulator = emulatorWith();
    const set = changeSet([
      part("POST new_readings", { new_readingid: id, partitionid: "dev 1'", new_name: "a" }),
      part("PATCH $1", { new_name: "b" }, ["If-Match: *"]),
    ]);
    expect(partStatuses(await ask(emulator, "POST $batch", multipart([set]), batchType))).toEqual([204, 204]);
    expect(emulator.rows("new_reading")).toMatchObject([{ new_name: "b" }]);
  });
});

const everything = { prefer: 'odata.include-annotations="*"' };
const detailsName = "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails";

function bulk(emulator: Emulator, message: string, rows: readonly Fields[], headers: Headers = everything) {
  const Targets = rows.map((row) => ({ "@odata.type": "Microsoft.Dynamics.CRM.new_reading", ...row }));
  return ask(emulator, `POST new_readings/Microsoft.Dynamics.CRM.${message}`, { Targets }, headers);
}

function detailsOf(reply: { readonly body: string }): unknown {
  return (JSON.parse(reply.body) as { error: Fields }).error[detailsName];
}

function failures(reply: { readonly body: string }): unknown {
  return JSON.parse(String(detailsOf(reply)));
}

function names(emulator: Emulator): readonly unknown[] {
  return emulator.rows("new_reading").map((row) => row["new_name"]);
}

describe("a bulk message on an elastic table", () => {
  it("answers as on any other table where all is well", async () => {
    const emulator = emulatorWith();
    const created = await bulk(emulator, "CreateMultiple", [
      { new_readingid: guid(2), new_name: "a", partitionid: "dev-1" },
      { new_readingid: guid(1), new_name: "b" },
    ]);
    expect([created.status, values(created)["Ids"]]).toEqual([200, [guid(2), guid(1)]]);
    expect(created.headers["x-ms-session-token"]).toBeDefined();
    const updated = await bulk(emulator, "UpdateMultiple", [
      { new_readingid: guid(2), partitionid: "dev-1", new_name: "c" },
      { "@odata.id": `new_readings(new_readingid=${guid(1)},partitionid='${guid(1)}')`, new_name: "d" },
    ]);
    expect([updated.status, updated.body]).toEqual([204, ""]);
    expect(new Set(names(emulator))).toEqual(new Set(["c", "d"]));
    const deleted = await bulk(emulator, "DeleteMultiple", [
      { new_readingid: guid(2), partitionid: "dev-1" },
      { new_readingid: guid(1) },
    ]);
    expect([deleted.status, emulator.rows("new_reading").length]).toEqual([204, 0]);
  });

  it("fails as a whole and writes the good rows", async () => {
    const emulator = emulatorWith();
    await bulk(emulator, "CreateMultiple", [{ new_readingid: guid(2), new_name: "old" }]);
    const reply = await bulk(emulator, "CreateMultiple", [
      { new_readingid: guid(1), new_name: "a" },
      { new_readingid: guid(2), new_name: "b" },
      { new_readingid: guid(3), new_name: "x".repeat(101) },
      { new_readingid: guid(4), new_name: "d" },
    ]);
    expect(reply.status).toBe(400);
    expect(failures(reply)).toEqual([
      { RequestIndex: 1, Id: guid(2), StatusCode: 409 },
      { RequestIndex: 2, Id: guid(3), StatusCode: 400 },
    ]);
    expect(new Set(names(emulator))).toEqual(new Set(["old", "a", "d"]));
    expect(emulator.ledger.effects).toHaveLength(3);
  });

  it.each([
    ["Microsoft.PowerApps.CDS.ErrorDetails.*", true],
    ["Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails", true],
    ["OData.Community.Display.V1.FormattedValue", false],
  ])("tells which failed for %s: %s", async (annotations, told) => {
    const reply = await bulk(emulatorWith(), "CreateMultiple", [{ nonsense: 1 }], {
      prefer: `odata.include-annotations="${annotations}"`,
    });
    expect(detailsOf(reply) !== undefined).toBe(told);
  });

  it("does not tell without annotations", async () => {
    const reply = await bulk(emulatorWith(), "CreateMultiple", [{ nonsense: 1 }], {});
    expect(Object.keys((JSON.parse(reply.body) as { error: object }).error)).toEqual(["code", "message"]);
  });

  it("may tell as a list instead of text", async () => {
    const emulator = emulatorWith({ bulkErrorDetails: "array" });
    const reply = await bulk(emulator, "UpdateMultiple", [{ new_readingid: guid(1), new_name: "a" }]);
    expect(detailsOf(reply)).toEqual([{ RequestIndex: 0, Id: guid(1), StatusCode: 404 }]);
  });

  it("replaces whole rows by UpsertMultiple, and parts of them by UpdateMultiple", async () => {
    const emulator = emulatorWith();
    await bulk(emulator, "UpsertMultiple", [{ new_readingid: id, new_name: "a", new_count: 1 }]);
    await bulk(emulator, "UpdateMultiple", [{ new_readingid: id, new_name: "b" }]);
    expect(emulator.rows("new_reading")).toMatchObject([{ new_name: "b", new_count: 1 }]);
    await bulk(emulator, "UpsertMultiple", [{ new_readingid: id, new_name: "c" }]);
    expect(emulator.rows("new_reading")).toMatchObject([{ new_name: "c", new_count: null }]);
  });

  it("keeps rows of one id in two partitions apart", async () => {
    const emulator = emulatorWith();
    const rows = [
      { new_readingid: id, partitionid: "dev-1", new_name: "a" },
      { new_readingid: id, partitionid: "dev-2", new_name: "b" },
    ];
    expect((await bulk(emulator, "UpsertMultiple", rows)).status).toBe(204);
    expect(names(emulator)).toEqual(["a", "b"]);
  });

  it("refuses the second of two equal targets of an UpsertMultiple, and skips it in an UpdateMultiple", async () => {
    const emulator = emulatorWith();
    const rows = [
      { new_readingid: id, new_name: "a" },
      { new_readingid: id, new_name: "b" },
    ];
    expect(failures(await bulk(emulator, "UpsertMultiple", rows))).toEqual([
      { RequestIndex: 1, Id: id, StatusCode: 409 },
    ]);
    expect((await bulk(emulator, "UpdateMultiple", [{ ...rows[1] }, { ...rows[0] }])).status).toBe(204);
    expect(names(emulator)).toEqual(["b"]);
  });

  it("names the rows that DeleteMultiple did not find", async () => {
    const emulator = emulatorWith();
    await bulk(emulator, "CreateMultiple", [{ new_readingid: guid(1) }]);
    const reply = await bulk(emulator, "DeleteMultiple", [{ new_readingid: guid(9) }, { new_readingid: guid(1) }]);
    expect(failures(reply)).toEqual([{ RequestIndex: 0, Id: guid(9), StatusCode: 404 }]);
    expect(emulator.rows("new_reading")).toHaveLength(0);
  });

  it("is partial inside a $batch too", async () => {
    const emulator = emulatorWith();
    const type = { "@odata.type": "Microsoft.Dynamics.CRM.new_reading" };
    const body = {
      Targets: [
        { ...type, new_name: "a" },
        { ...type, nonsense: 1 },
      ],
    };
    const reply = await batch(emulator, [part("POST new_readings/Microsoft.Dynamics.CRM.CreateMultiple", body)]);
    expect(partStatuses(reply)).toEqual([400]);
    expect(names(emulator)).toEqual(["a"]);
  });
});
