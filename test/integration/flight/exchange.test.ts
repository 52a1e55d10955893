/** The publish stream as a real pyarrow client sees it: each test is named after a trap that someone fell into. */
import { afterEach, describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { FlightSettings } from "../../../server/flight/settings.ts";
import { FakePublisher } from "../../support/fake-publisher.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { runClient, startFlight } from "../../support/flight-parts.ts";

const running: RunningFlight[] = [];

async function start(publisher: FakePublisher, overrides: Partial<FlightSettings> = {}): Promise<RunningFlight> {
  const flight = await startFlight(publisher, overrides);
  running.push(flight);
  return flight;
}

/** Waits until the server has asked the publication for progress that many times, and so has told it. */
async function toldProgress(publisher: FakePublisher, times: number): Promise<void> {
  await expect.poll(() => publisher.opened[0]?.asked ?? 0, { timeout: 30_000 }).toBeGreaterThanOrEqual(times);
}

afterEach(() => {
  for (const { server } of running.splice(0)) server.close();
});

describe("a publish stream", () => {
  it("sends outcome rows and the summary after the client's half-close", async () => {
    const { port } = await start(new FakePublisher({ fails: (row) => row % 10 === 0 }));
    const report = await runClient("write_then_read", port, { batches: 3, rows: 100 });
    expect(report.error).toBeUndefined();
    expect(report.rows).toBe(30);
    expect(report.events.at(-1)?.summary).toMatchObject({ received: 300, acknowledged: 270, failed: 30, notSent: 0 });
  });

  it("sends the outcome schema and a summary though nothing fails", async () => {
    const { port } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port);
    expect(report.columns.slice(0, 3)).toEqual(["key", "text", "_dv_outcome"]);
    expect(report.events.at(-1)?.summary).toMatchObject({ received: 30, failed: 0, failedByCode: {} });
  });

  it("does not make a client wait that writes 20 MB of failing rows before it reads", async () => {
    const { port } = await start(new FakePublisher({ fails: () => true }));
    const report = await runClient("write_then_read", port, { batches: 20, rows: 1000, text_bytes: 1000 });
    expect(report.error).toBeUndefined();
    expect(report.rows).toBe(20_000);
  });

  it("tells a client to read while writing when too much of its answer is unread", async () => {
    const { port, publisher } = await start(new FakePublisher({ fails: () => true }), { clientStallTimeoutMs: 1000 });
    const report = await runClient("write_then_read", port, { batches: 64, rows: 1000, text_bytes: 1000 });
    expect(report.error?.text).toContain("client_stalled");
    expect(report.error?.text).toContain("Read while writing");
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it.each(["read_all", "to_reader"])("gives every failed row to %s() although progress came in between", async (by) => {
    const hold = Promise.withResolvers<void>();
    const { port, publisher } = await start(new FakePublisher({ fails: () => true }));
    publisher.behaviour = { ...publisher.behaviour, hold: hold.promise };
    const client = runClient("read_all", port, { by, batches: 2, rows: 50 });
    await toldProgress(publisher, 1);
    hold.resolve();
    const report = await client;
    expect(report.error).toBeUndefined();
    expect(report.rows).toBe(100);
  });

  it("answers a client without any batch by the outcome columns alone", async () => {
    const { port } = await start(new FakePublisher());
    const report = await runClient("read_all", port, { by: "read_all", batches: 0 });
    expect(report.error).toBeUndefined();
    expect(report.columns[0]).toBe("_dv_outcome");
    expect(report.columns).toHaveLength(12);
  });

  it("reports progress while rows are under way", async () => {
    const hold = Promise.withResolvers<void>();
    const { port, publisher } = await start(new FakePublisher({ hold: hold.promise }));
    const client = runClient("write_then_read", port);
    await toldProgress(publisher, 2);
    hold.resolve();
    const report = await client;
    const progress = report.events.filter((event) => event.progress !== undefined);
    expect(progress[0]?.progress).toMatchObject({ received: 10, inFlight: 10 });
    expect(progress.length).toBeGreaterThan(1);
    expect(report.events.at(-1)?.summary).toBeDefined();
  });
});

describe("the explicit end", () => {
  it("ends the stream with OK", async () => {
    const { port, publisher } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port, { explicit: true });
    expect(report.error).toBeUndefined();
    expect(report.events.at(-1)?.summary).toMatchObject({ received: 30 });
    expect(publisher.last.abandoned).toBeUndefined();
  });

  it("suffices for a client that half-closes only after it has read to the end", async () => {
    const { port } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port, { explicit: true, half_close: false });
    expect(report.error).toBeUndefined();
    expect(report.events.at(-1)?.summary).toMatchObject({ received: 30 });
  });

  it("is refused with another number of rows than came", async () => {
    const { port, publisher } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port, { explicit: true, end_rows: 29 });
    expect(report.error?.type).toBe("ArrowInvalid");
    expect(report.error?.text).toContain("invalid_command: The client says it sent 29 rows; 30 came.");
    expect(publisher.last.abandoned).toBe("cancelled");
  });

  it.each([
    ["raise", "fulfilled"],
    ["close", "fulfilled"],
    ["exit", "rejected"],
  ])("is missing when a task dies (%s), so nothing more is sent", async (how, ended) => {
    const { port, publisher, server } = await start(new FakePublisher());
    const [task] = await Promise.allSettled([runClient("dies", port, { how })]);
    expect(task.status).toBe(ended);
    await server.drain();
    expect(publisher.last.abandoned).toBe("cancelled");
  });
});

describe("an error before the first row", () => {
  it("reaches the client cut when its text has 9 KB", async () => {
    const refusal = new SidecarError("schema_mismatch", "x".repeat(9000));
    const { port } = await start(new FakePublisher({ refusal }));
    const report = await runClient("write_then_read", port);
    expect(report.error?.text).toContain("schema_mismatch: xxx");
  });

  it("reaches the client when each character takes nine bytes on the wire", async () => {
    const refusal = new SidecarError("schema_mismatch", "\u6f22".repeat(3000));
    const { port } = await start(new FakePublisher({ refusal }));
    const report = await runClient("write_then_read", port);
    expect(report.error?.text).toContain("schema_mismatch: \u6f22\u6f22");
  });

  it("reaches the client with a lone surrogate in its text", async () => {
    const refusal = new SidecarError("schema_mismatch", "column \ud800 is odd");
    const { port } = await start(new FakePublisher({ refusal }));
    const report = await runClient("write_then_read", port);
    expect(report.error?.text).toContain("schema_mismatch: column \ufffd is odd");
  });

  it("names the field of a wrong command", async () => {
    const { port } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port, { command: { tabel: "account" } });
    expect(report.error?.text).toContain("invalid_command");
    expect(report.error?.text).toContain("tabel");
  });

  it("says which message is too large", async () => {
    const { port } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port, { batches: 1, rows: 1, text_bytes: 17 * 1024 * 1024 });
    expect(report.error?.text).toContain("limit_exceeded");
  });

  it("ends a stream whose message is beyond what is received at all", async () => {
    const { port } = await start(new FakePublisher());
    const report = await runClient("write_then_read", port, { batches: 1, rows: 1, text_bytes: 20 * 1024 * 1024 });
    expect(report.error?.text).toContain("larger than max");
  });
});

describe("a stream under way", () => {
  it("ends with ABORTED when a greater attempt supersedes it", async () => {
    const hold = Promise.withResolvers<void>();
    const { port, publisher } = await start(new FakePublisher({ hold: hold.promise }));
    const client = runClient("write_then_read", port);
    await expect.poll(() => publisher.opened.length, { timeout: 20_000 }).toBe(1);
    publisher.last.expel(new SidecarError("superseded", "A greater attempt of this partition has come."));
    const report = await client;
    expect(report.error?.type).toBe("FlightInternalError");
    expect(report.error?.text).toContain("superseded");
    expect(publisher.last.abandoned).toBe("superseded");
  });
});
