import { describe, expect, it } from "vitest";
import { emptyHeader, partHeader } from "../../../../server/dataverse/wire/part.ts";
import { upload } from "../../../../server/publish/sending/upload.ts";
import type { Request, Trip } from "../../../../server/transport/http.ts";
import type { Answer } from "../../../support/publish/scripted-lane.ts";
import { errorBody, inTurn, jsonReply, ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const part = Buffer.concat([partHeader, Buffer.from("PATCH /api/data/v9.2/accounts(1)/new_doc"), emptyHeader]);
const large = Buffer.alloc(9 << 20, 7);
const done = jsonReply(204, "");
const more = jsonReply(206, "");
const opened = jsonReply(200, "", {
  location: "https://elsewhere.example/api/data/v9.2/accounts(1)/new_doc?x-ms-file-name=b&sessiontoken=abc",
  "x-ms-chunk-size": "4194304",
});

class Bench {
  readonly trips: Trip[] = [];
  readonly lane: ScriptedLane;

  constructor(...answers: readonly Answer[]) {
    const script = inTurn(...answers);
    this.lane = new ScriptedLane(new VirtualClock(), (request, trip, nth) => {
      this.trips.push(trip);
      return script(request, trip, nth);
    });
  }

  send(bytes: Uint8Array | undefined, name = "b ü.pdf"): ReturnType<typeof upload> {
    const { signal } = new AbortController();
    return upload(this.lane, { part, file: { name, bytes } }, { signal });
  }

  get lines(): readonly string[] {
    return this.lane.requests.map(({ method, path, headers }: Request) =>
      [method, path, headers["Content-Range"] ?? headers["x-ms-transfer-mode"] ?? headers["Content-Type"] ?? ""].join(
        " ",
      ),
    );
  }
}

const named = "accounts(1)/new_doc?x-ms-file-name=b%20%C3%BC.pdf";

describe("a file", () => {
  it("that is small goes in one request, repeated as ever", async () => {
    const bench = new Bench(done);
    const bytes = Buffer.from("x");
    expect(await bench.send(bytes)).toMatchObject({ status: 204, attempts: 1 });
    expect(bench.lines).toEqual([`PATCH ${named} application/octet-stream`]);
    expect(bench.lane.requests[0]?.body).toEqual(bytes);
    expect(bench.trips[0]?.onUnknown).toBeUndefined();
  });

  it("that is none is deleted", async () => {
    const bench = new Bench(done);
    await bench.send(undefined);
    expect(bench.lines).toEqual(["DELETE accounts(1)/new_doc "]);
  });

  it("that is large goes in chunks of a session, and nowhere that the service names", async () => {
    const bench = new Bench(opened, { ...more, throttles: 1, waitedMs: 5 }, more, { ...done, attempts: 3 });
    expect(await bench.send(large)).toMatchObject({ status: 204, attempts: 3, throttles: 1, waitedMs: 5 });
    const at = `PATCH ${named}&sessiontoken=abc bytes`;
    expect(bench.lines).toEqual([
      `PATCH ${named} chunked`,
      `${at} 0-4194303/9437184`,
      `${at} 4194304-8388607/9437184`,
      `${at} 8388608-9437183/9437184`,
    ]);
    expect(bench.trips.map(({ onUnknown }) => onUnknown)).toEqual([undefined, "report", "report", "report"]);
    expect(bench.lane.requests.slice(1).map(({ body }) => body?.buffer)).toEqual(Array(3).fill(large.buffer));
  });

  it("takes smaller chunks if asked, and no larger ones", async () => {
    for (const [asked, chunks] of [
      ["1048576", 9],
      ["99999999", 3],
      ["-1", 3],
      ["many", 3],
    ] as const) {
      const session = { ...opened, headers: { ...opened.headers, "x-ms-chunk-size": asked } };
      const bench = new Bench(session, ...Array<Answer>(chunks - 1).fill(more), done);
      expect((await bench.send(large)).status).toBe(204);
    }
  });

  it("ends with the first request that is refused", async () => {
    const refused = jsonReply(400, errorBody("0x80044a02"));
    expect((await new Bench(refused).send(large)).status).toBe(400);
    const bench = new Bench(opened, refused);
    expect((await bench.send(large)).status).toBe(400);
    expect(bench.lines).toHaveLength(2);
  });

  it("is of unknown fate where the service is content before the last chunk", async () => {
    const unknown = { code: "outcome_unknown" };
    await expect(new Bench(done).send(large)).rejects.toMatchObject(unknown);
    await expect(new Bench(opened, { ...done, attempts: 2 }).send(large)).rejects.toMatchObject({
      ...unknown,
      trail: { attempts: 2 },
    });
  });

  it("is of unknown fate where a session has no token", async () => {
    const bench = new Bench(jsonReply(200, "", { location: "https://elsewhere.example/" }));
    await expect(bench.send(large)).rejects.toMatchObject({ code: "outcome_unknown", trail: { attempts: 1 } });
    await expect(new Bench(jsonReply(200, "")).send(large)).rejects.toMatchObject({ code: "outcome_unknown" });
  });
});
