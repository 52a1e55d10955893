import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../../server/arrow/columns.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Mapping } from "../../../server/dataverse/mapping/mapping.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { LateWrites } from "../../../server/publish/order/late-writes.ts";
import type { Request } from "../../../server/transport/http.ts";
import { SendFailure } from "../../../server/transport/retry.ts";
import { binary, int32, recordBatch, text } from "../../support/columns.ts";
import { attribute, mappingOf, optionsOf, tableOf } from "../../support/dataverse/tables.ts";
import { answerEach, done, partsOf } from "../../support/publish/batch-service.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, trailOf } from "../../support/publish/scripted-lane.ts";
import { StreamBench } from "../../support/publish/stream-bench.ts";

const table = tableOf([
  attribute("name", "text"),
  attribute("statecode", "state", { validForCreate: false, options: optionsOf({ 0: "Active", 1: "Inactive" }) }),
  attribute("new_doc", "file"),
]);

/** A row for each state: with a file where `file` says so. */
function batchOf(states: readonly (number | null)[], file: Uint8Array | null = null): RecordBatch {
  return recordBatch(
    text(
      "name",
      states.map((_, i) => `n${i}`),
    ),
    int32("statecode", states),
    binary(
      "new_doc",
      states.map(() => file),
    ),
  );
}

function mapping(request: Partial<PublishRequest> = {}): Mapping {
  return mappingOf({
    columns: batchOf([]).columns,
    table,
    request: { rowKey: ["name"], returning: "ALL", ...request },
  });
}

const isFile = ({ path }: Request): boolean => path.includes("/new_doc");
const isLater = (request: Request): boolean =>
  !isFile(request) && partsOf(request).some(({ method }) => method === "PATCH");
const bulkReply = (request: Request): Answer => {
  const { Targets: targets } = JSON.parse(Buffer.from(request.body ?? []).toString()) as {
    Targets: { accountid: string }[];
  };
  return jsonReply(200, { Ids: targets.map(({ accountid }) => accountid) });
};

function serve(request: Request): Answer {
  if (isFile(request)) return { status: 204, headers: {}, body: Buffer.alloc(0) };
  return request.path === "$batch" ? answerEach(request, () => done) : bulkReply(request);
}

/** The first request that `of` picks is answered so, every other as by a good service. */
function once(of: (request: Request) => boolean, answer: (request: Request) => Answer): (request: Request) => Answer {
  let over = false;
  return (request) => {
    if (over || !of(request)) return serve(request);
    over = true;
    return answer(request);
  };
}

async function run(script: (request: Request) => Answer, batch: RecordBatch, given = mapping()): Promise<StreamBench> {
  const bench = new StreamBench(script, { mapping: given });
  await bench.acceptBatch(batch);
  await bench.end();
  return bench;
}

const unknown = (): Answer =>
  new SendFailure("outcome_unknown", "No reply.", { trail: trailOf({ uncertain: true }), cause: undefined });

describe("later steps of rows", () => {
  it("go by $batch, though their rows began by a bulk message", async () => {
    const bench = await run(serve, batchOf([0, 1, 1]), mapping({ strategy: "BULK" }));
    expect(bench.fates).toEqual(["created", "created", "created"]);
    const [first, second] = bench.principals[0]?.requests ?? [];
    expect(first?.path).toBe("accounts/Microsoft.Dynamics.CRM.CreateMultiple");
    expect(second === undefined ? [] : partsOf(second).map(({ method, body }) => [method, body])).toEqual([
      ["PATCH", { statecode: 1 }],
      ["PATCH", { statecode: 1 }],
    ]);
  });

  it("are repeated alone, and never join a bulk message, when the service was busy", async () => {
    const busy = { status: 429, headers: { "retry-after": "3" }, body: errorBody("0x80072322") };
    const script = once(isLater, (request) => answerEach(request, () => busy));
    const bench = await run(script, batchOf([1, 0]), mapping({ strategy: "BULK" }));
    expect(bench.fates).toEqual(["created", "created"]);
    const paths = bench.principals[0]?.requests.map(({ path }) => path);
    expect(paths).toEqual(["accounts/Microsoft.Dynamics.CRM.CreateMultiple", "$batch", "$batch"]);
  });

  it("that the service refuses leave their rows partly applied", async () => {
    const refused = { status: 400, body: errorBody("0x80048408") };
    const bench = await run(
      once(isLater, (request) => answerEach(request, () => refused)),
      batchOf([1, 0]),
    );
    expect(bench.fates).toEqual(["partly_applied", "created"]);
    const [{ outcome } = expect.unreachable()] = bench.delivered.filter(({ row }) => row === 0);
    expect(outcome).toMatchObject({ failure: { serviceCode: "0x80048408", retryable: false }, attempts: 2 });
    expect(outcome.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("that are refused tell the row's id, where only its key was known", async () => {
    const keyed = {
      ...table,
      keys: [{ logicalName: "by_name", attributes: ["name"], active: true, indexStatus: "Active" }],
    };
    const request = { mode: "UPSERT", matchOn: ["name"], returning: "ALL" } as const;
    const given = mappingOf({ columns: batchOf([]).columns, table: keyed, request });
    const id = "6f1c5b1e-0000-4000-8000-000000000001";
    for (const [file, found] of [
      [null, { status: 200, body: { value: [{ accountid: id, name: "n0" }] } }],
      [Buffer.from("content"), { status: 200, body: { value: [{ accountid: id, name: "n0" }] } }],
      [null, { status: 200, body: { value: [] } }],
    ] as const) {
      const refused = { status: 400, body: errorBody("0x80048408") };
      const script = (asked: Request): Answer => {
        if (isFile(asked)) return jsonReply(400, errorBody("0x80044a02"));
        return answerEach(asked, ({ method, body }) => {
          if (method === "GET") return found;
          return "statecode" in body && file === null ? refused : done;
        });
      };
      const bench = await run(script, batchOf([1], file), given);
      expect(bench.fates).toEqual(["partly_applied"]);
      expect(bench.delivered[0]?.outcome.id).toBe(found.body.value[0]?.accountid);
    }
  });

  it("that meet a duplicate are refused, and read nothing", async () => {
    const duplicate = { status: 412, body: errorBody("0x80040237") };
    const bench = await run(
      once(isLater, (request) => answerEach(request, () => duplicate)),
      batchOf([1]),
    );
    expect([bench.fates, bench.principals[0]?.requests.length]).toEqual([["partly_applied"], 2]);
  });

  it("that a stop comes before leave their rows partly applied, and to be replayed", async () => {
    const bench: StreamBench = new StreamBench(
      (request) => {
        const answer = serve(request);
        bench.stream.stop(new SidecarError("draining", "The server is shutting down."));
        return answer;
      },
      { mapping: mapping() },
    );
    await bench.acceptBatch(batchOf([1, 0]));
    const summary = await bench.end();
    expect(summary).toMatchObject({ created: 1, failed: 1, notSent: 0, failedByCode: { partly_applied: 1 } });
    expect(bench.delivered.find(({ row }) => row === 0)?.outcome.failure).toMatchObject({ retryable: true });
  });

  it("that go unanswered keep later writes of their rows waiting, as no row that is only created does", async () => {
    const isFirst = (request: Request): boolean => !isLater(request);
    for (const [of, state, ...expected] of [
      [isLater, 1, "partly_applied", false],
      [isFirst, 0, "outcome_unknown", true],
    ] as const) {
      const late = new LateWrites();
      const bench = new StreamBench(once(of, unknown), { mapping: mapping(), late });
      await bench.acceptBatch(batchOf([state]));
      await bench.end();
      expect([...bench.fates, late.none]).toEqual(expected);
    }
  });

  it("wait for their time, and are given up with the others when the run stops", async () => {
    const busy = { status: 429, headers: { "retry-after": "60" }, body: errorBody("0x80072322") };
    const bench = new StreamBench((request) => (isLater(request) ? answerEach(request, () => busy) : serve(request)), {
      mapping: mapping(),
    });
    await bench.acceptBatch(batchOf([1]));
    await bench.clock.run(bench.clock.sleep(1000));
    bench.stream.stop(new SidecarError("draining", "The server is shutting down."));
    await bench.end();
    expect(bench.fates).toEqual(["partly_applied"]);
  });
});

describe("an upsert in two halves", () => {
  it("whose first half may have been applied is not called unsent when the run stops", async () => {
    const matchOn = ["accountid"];
    const id = "6f1c5b1e-0000-4000-8000-000000000001";
    const batch = recordBatch(text("accountid", [id]), text("name", ["x"]));
    const columns = [
      { sources: ["accountid"], target: "accountid" },
      { sources: ["name"], target: "name", onlyOn: "CREATE" as const },
    ];
    const request = { mode: "UPSERT", matchOn, columns, returning: "ALL" } as const;
    const given = mappingOf({ columns: batch.columns, table, request });
    let isSent = false;
    const bench: StreamBench = new StreamBench(
      (asked) => {
        const [part] = partsOf(asked);
        if (part?.method === "GET" && !isSent) return answerEach(asked, () => ({ status: 200, body: { value: [] } }));
        if (part?.method === "PATCH") {
          isSent = true;
          return { ...answerEach(asked, () => ({ status: 412, body: errorBody("0x80040237") })), uncertain: true };
        }
        bench.stream.stop(new SidecarError("draining", "The server is shutting down."));
        return answerEach(asked, () => ({ status: 200, body: { value: [{ accountid: id, name: "changed" }] } }));
      },
      { mapping: given },
    );
    await bench.acceptBatch(batch);
    expect(await bench.end()).toMatchObject({ failed: 1, notSent: 0, failedByCode: { outcome_unknown: 1 } });
  });
});

describe("a file of a row", () => {
  const bytes = Buffer.from("content");

  it("is sent as it lies in the record batch, and its row settles after", async () => {
    const bench = await run(serve, batchOf([0], bytes));
    expect(bench.fates).toEqual(["created"]);
    const file = bench.principals[0]?.requests.at(-1);
    expect(file?.path).toMatch(/^accounts\([0-9a-f-]{36}\)\/new_doc\?x-ms-file-name=new_doc$/);
    expect(Buffer.from(file?.body ?? []).toString()).toBe("content");
  });

  it.each([
    ["nothing", unknown],
    ["a page", () => ({ ...jsonReply(200, ""), headers: { "content-type": "text/html" } })],
    ["half a success", () => jsonReply(202, "")],
  ])("is sent again when the answer is %s", async (_name, answer) => {
    const bench = await run(once(isFile, answer), batchOf([0], bytes));
    expect(bench.fates).toEqual(["created"]);
    expect(bench.principals[0]?.requests.filter(isFile)).toHaveLength(2);
  });

  it("that the service refuses leaves its row partly applied", async () => {
    const script = once(isFile, () => jsonReply(400, errorBody("0x80044a02")));
    expect((await run(script, batchOf([0], bytes))).fates).toEqual(["partly_applied"]);
  });

  it("for which no time was left leaves its row partly applied", async () => {
    const late = () => new SendFailure("deadline_passed", "Given up.", { trail: trailOf(), cause: undefined });
    expect((await run(once(isFile, late), batchOf([0], bytes))).fates).toEqual(["partly_applied"]);
  });
});
