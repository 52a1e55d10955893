import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import { Callers } from "../../../server/flight/auth.ts";
import { exchange } from "../../../server/flight/exchange.ts";
import { RunOwners } from "../../../server/flight/run-owners.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { int64 } from "../../support/columns.ts";
import { FakeCall } from "../../support/fake-call.ts";
import { FakePublisher, heldUp } from "../../support/fake-publisher.ts";
import { settings } from "../../support/flight-parts.ts";
import { batchOf } from "../../support/messages.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const key = int64("key", [1, 2, 3]);
const schema = { header: schemaHeader({ fields: [key.field] }) };
const threeRows = batchOf(key);
const publish = { table: "account", mode: "UPSERT", matchOn: ["accountnumber"], runId: "run" };

function setUp(publisher = new FakePublisher()): {
  call: FakeCall;
  clock: VirtualClock;
  publisher: FakePublisher;
  owners: RunOwners;
  faults: unknown[];
  work: Promise<void>;
} {
  const call = new FakeCall();
  const clock = new VirtualClock();
  const owners = new RunOwners();
  const faults: unknown[] = [];
  const parts = {
    settings,
    publisher,
    permits: new Permits(1 << 20),
    clock,
    owners,
    newRunId: () => "made",
    onFault: (fault: unknown) => faults.push(fault),
  };
  const work = exchange(call, new Callers([]).identify([]), parts);
  return { call, clock, publisher, owners, faults, work };
}

function publishing(publisher = new FakePublisher(), command: object = publish): ReturnType<typeof setUp> {
  const stream = setUp(publisher);
  stream.call.command(command);
  stream.call.say(schema);
  stream.call.say(threeRows);
  return stream;
}

describe("the order of the answer", () => {
  it("is schema, failed rows, summary, OK", async () => {
    const { call, work, clock } = publishing(new FakePublisher({ fails: (row) => row === 1 }));
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.written.map(({ header, metadata }) => [header.length > 0, metadata.length > 0])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);
    expect(call.events.at(-1)?.summary).toMatchObject({ received: 3, acknowledged: 2, failed: 1 });
    expect(call.status?.code).toBe(status.OK);
  });

  it("has the warning about a missing runId in its summary", async () => {
    const { call, work, clock } = publishing(new FakePublisher(), { ...publish, runId: "" });
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.events.at(-1)?.summary?.["warnings"]).toEqual([expect.stringContaining("made")]);
  });
});

describe("a stream that waits to open", () => {
  const waits = { received: 0, inFlight: 0, waiting: expect.objectContaining({ reason: heldUp.reason }) };

  it("tells so, behind the schema that it will have anyway, and goes on as any other", async () => {
    const hold = Promise.withResolvers<void>();
    const { call, work, clock } = publishing(new FakePublisher({ holdOpen: hold.promise }));
    await clock.run(clock.sleep(60_000));
    expect(call.written.length).toBeGreaterThan(60);
    expect(new Set(call.events.map(({ progress }) => JSON.stringify(progress))).size).toBe(1);
    expect(call.events[0]?.progress).toMatchObject(waits);
    hold.resolve();
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.events.at(-1)?.summary).toMatchObject({ received: 3, acknowledged: 3 });
    const schemas = call.written.filter(({ header, metadata }) => header.length > 0 && metadata.length === 0);
    expect([schemas.length, call.status?.code]).toEqual([1, status.OK]);
  });

  it("ends as one that is refused, when it is after all", async () => {
    const hold = Promise.withResolvers<void>();
    const refusal = new SidecarError("unknown_table", "No such table.");
    const { call, work, clock } = publishing(new FakePublisher({ holdOpen: hold.promise, refusal }));
    await clock.run(clock.sleep(60_000));
    hold.resolve();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("unknown_table");
  });

  it("hears at once that its client is gone", async () => {
    const hold = Promise.withResolvers<void>();
    const { call, publisher, clock, work } = publishing(new FakePublisher({ holdOpen: hold.promise }));
    await clock.run(clock.sleep(1000));
    call.emit("cancelled");
    await clock.turn();
    expect(publisher.goneWhileOpening).toBe(true);
    hold.resolve();
    await clock.run(work, { maxMs: 10_000 });
  });
});

describe("OK is never said before the client's end", () => {
  it("though all rows have settled", async () => {
    const { call, clock } = publishing();
    await clock.run(clock.sleep(60_000));
    expect(call.status).toBeUndefined();
  });

  it("and not at a half-close where an explicit end was announced", async () => {
    const { call, work, clock, publisher } = publishing(new FakePublisher(), { ...publish, endsExplicitly: true });
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status).toMatchObject({ code: status.CANCELLED });
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it("and not when rows come after the explicit end", async () => {
    const { call, work, clock } = publishing();
    call.sayEnd(3);
    call.say(threeRows);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("after the explicit end");
  });
});

describe("the explicit end", () => {
  it("gives OK as soon as the half-close follows", async () => {
    const { call, work, clock } = publishing();
    const before = clock.now();
    call.sayEnd(3);
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.OK);
    expect(clock.now() - before).toBeLessThan(1000);
  });

  it("gives OK after a second to a client that reads to the end before its half-close", async () => {
    const { call, work, clock } = publishing();
    call.sayEnd(3);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.OK);
  });

  it("is refused with another number of rows", async () => {
    const { call, work, clock, publisher } = publishing();
    call.sayEnd(2);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("The client says it sent 2 rows; 3 came.");
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it("may be long in coming true: an idle client is not blamed for a slow service", async () => {
    const hold = Promise.withResolvers<void>();
    const { call, clock, work } = publishing(new FakePublisher({ holdEnd: hold.promise }));
    call.sayEnd(3);
    await clock.run(clock.sleep(4 * settings.progressTimeoutMs));
    expect(call.status).toBeUndefined();
    hold.resolve();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.OK);
  });
});

describe("what a client may not do", () => {
  it.each([
    ["begin without a descriptor", (call: FakeCall) => call.say(schema)],
    ["half-close before its command", (call: FakeCall) => call.halfClose()],
  ])("%s", async (_, act) => {
    const { call, work, clock } = setUp();
    act(call);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("invalid_command: The stream does not begin with a descriptor");
  });

  it("change its command half-way", async () => {
    const { call, work, clock } = publishing();
    call.command({ ...publish, table: "contact" });
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("A second command");
  });

  it("send a second schema", async () => {
    const { call, work, clock } = publishing();
    call.say(schema);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("schema_changed");
  });

  it("send bytes that are no message", async () => {
    const { call, work, clock, publisher } = publishing();
    call.push(Buffer.from([0xff]));
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it("send rows before their schema", async () => {
    const { call, work, clock } = setUp();
    call.command(publish);
    call.say(threeRows);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.details).toContain("malformed_arrow");
  });

  it("join another caller's run", async () => {
    const { call, work, clock, owners } = setUp();
    owners.join("run", { name: "other", mayUse: () => true, mayPublish: () => true });
    call.command(publish);
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.PERMISSION_DENIED);
  });
});

describe("a client that is refused while it writes", () => {
  it("can write to its end, and so come to read the refusal", async () => {
    const { call, work, clock } = publishing();
    call.push(Buffer.from([0xff]));
    await clock.run(work, { maxMs: 10_000 });
    for (let i = 0; i < 20; i++) call.say(threeRows);
    await clock.run(clock.sleep(1));
    expect(call.readableLength).toBe(0);
  });
});

describe("a client that repeats its command with the schema", () => {
  it("is served: pyarrow does so", async () => {
    const { call, work, clock } = setUp();
    call.command(publish);
    call.command(publish);
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.events.at(-1)?.summary).toMatchObject({ received: 0, acknowledged: 0, failed: 0, notSent: 0 });
    expect(call.status?.code).toBe(status.OK);
  });
});

describe("a client that goes away", () => {
  it("ends the publication, even one that waits", async () => {
    const { call, work, clock, publisher } = publishing(new FakePublisher({ hold: new Promise(() => {}) }));
    await clock.run(clock.sleep(10));
    call.vanish();
    await clock.run(work, { maxMs: 10_000 });
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it("is not taken for one that ended, though its stream ends in order", async () => {
    const { call, work, clock, publisher } = publishing();
    await clock.run(clock.sleep(10));
    call.cancelled = true;
    call.halfClose();
    await clock.run(work, { maxMs: 10_000 });
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it("leaves its run to others", async () => {
    const { call, work, clock, owners } = publishing();
    await clock.run(clock.sleep(10));
    call.vanish();
    await clock.run(work, { maxMs: 10_000 });
    const other = { name: "other", mayUse: () => true, mayPublish: () => true };
    expect(() => owners.assertOwn("run", other)).not.toThrow();
  });
});

describe("a client that waits too long", () => {
  it("to read its rows ends as client_stalled", async () => {
    const { call, work, clock, publisher } = publishing(new FakePublisher({ fails: () => true }));
    call.reads = false;
    call.halfClose();
    await clock.run(clock.sleep(settings.clientStallTimeoutMs + 1000));
    call.readOn();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.DEADLINE_EXCEEDED);
    expect(call.status?.details).toContain("client_stalled");
    expect(publisher.last.abandoned).toBeUndefined();
  });

  it("within a message ends as client_stalled, for room for all of it is kept from others", async () => {
    const { call, work, clock } = publishing();
    await clock.run(clock.sleep(10));
    call.pieces(Buffer.from([0, 0, 1, 0, 0, 1]));
    for (const ms of [0, 60_000]) {
      await clock.run(clock.sleep(ms));
      call.pieces(Buffer.from([1]));
    }
    await clock.run(clock.sleep(settings.clientStallTimeoutMs - 1000));
    expect(call.status).toBeUndefined();
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.DEADLINE_EXCEEDED);
    expect(call.status?.details).toContain("has broken off a message 120 s ago");
  });

  it("to send anything ends as client_stalled", async () => {
    const { call, work, clock, publisher } = publishing();
    await clock.run(work, { maxMs: settings.progressTimeoutMs + 1000 });
    expect(call.status?.details).toContain("has sent nothing for 900 s");
    expect(publisher.last.abandoned).toBe("cancelled");
  });
});

describe("progress", () => {
  it("comes at least once a second while rows are under way", async () => {
    const { call, clock } = publishing(new FakePublisher({ hold: new Promise(() => {}) }));
    await clock.run(clock.sleep(5000));
    const progress = call.events.filter((event) => event.progress !== undefined);
    expect(progress.length).toBeGreaterThanOrEqual(5);
    expect(progress[0]?.progress).toMatchObject({ received: 3, inFlight: 3 });
  });

  it("does not pile up for a client that does not read", async () => {
    const { call, clock } = publishing(new FakePublisher({ hold: new Promise(() => {}) }));
    call.reads = false;
    await clock.run(clock.sleep(60_000));
    call.readOn();
    await clock.run(clock.sleep(1));
    expect(call.written.length).toBeLessThanOrEqual(2);
  });

  it("is not told when no row is under way", async () => {
    const { call, clock } = publishing();
    await clock.run(clock.sleep(5000));
    expect(call.events).toEqual([]);
  });
});

describe("an error of the publisher", () => {
  it("before the first row becomes the status", async () => {
    const refusal = new SidecarError("unknown_table", "There is no table account.", { remedy: "Check its name." });
    const { call, work, clock } = publishing(new FakePublisher({ refusal }));
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status).toEqual({
      code: status.NOT_FOUND,
      details: "unknown_table: There is no table account. Check its name.",
    });
  });

  it("of its own ends the stream, and is heard of", async () => {
    const { call, work, clock, publisher, faults } = publishing();
    await clock.run(clock.sleep(10));
    publisher.last.expel(new SidecarError("internal", "An assertion failed."));
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.INTERNAL);
    expect(publisher.last.abandoned).toBe("internal");
    expect(faults).toHaveLength(1);
  });

  it("such as superseded is passed on as it is", async () => {
    const { call, work, clock, publisher } = publishing();
    await clock.run(clock.sleep(10));
    publisher.last.expel(new SidecarError("superseded", "A greater attempt came."));
    await clock.run(work, { maxMs: 10_000 });
    expect(call.status?.code).toBe(status.ABORTED);
    expect(publisher.last.abandoned).toBe("superseded");
  });

  it("has its status before rows that nobody has read, and before the last request is over", async () => {
    const wire = Promise.withResolvers<void>();
    const { call, clock, publisher, work } = publishing(
      new FakePublisher({ fails: () => true, holdAbandon: wire.promise }),
    );
    call.reads = false;
    await clock.run(clock.sleep(10));
    publisher.last.expel(new SidecarError("superseded", "A greater attempt came."));
    await clock.run(clock.sleep(10));
    call.readOn();
    expect(await clock.run(call.over, { maxMs: 10_000 })).toMatchObject({ code: status.ABORTED });
    expect(call.written).toHaveLength(1);
    wire.resolve();
    await clock.run(work, { maxMs: 10_000 });
  });

  it("has its status, though rows fail behind it and the client reads only then", async () => {
    const hold = Promise.withResolvers<void>();
    const { call, clock, publisher, work } = publishing(new FakePublisher({ hold: hold.promise, fails: () => true }));
    call.reads = false;
    await clock.run(clock.sleep(10));
    publisher.last.expel(new SidecarError("superseded", "A greater attempt came."));
    await clock.run(work, { maxMs: 10_000 });
    hold.resolve();
    await clock.run(clock.sleep(10));
    call.readOn();
    expect(await clock.run(call.over, { maxMs: 10_000 })).toMatchObject({ code: status.ABORTED });
    expect(call.written).toHaveLength(1);
  });
});
