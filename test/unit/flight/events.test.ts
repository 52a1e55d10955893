import { describe, expect, it } from "vitest";
import { readEnd, writeProgress, writeSummary } from "../../../server/flight/events.ts";

const summary = {
  received: 3,
  acknowledged: 2,
  failed: 1,
  notSent: 0,
  created: 0,
  updated: 0,
  upserted: 2,
  deleted: 0,
  unchanged: 0,
  requests: 1,
  throttles: 0,
  waitedMs: 0,
  failedByCode: { row_rejected: 1 },
  warnings: [],
  strategy: "",
  rowsPerSecond: 0.3,
};

describe("writeSummary", () => {
  it("says zeros, too, as plain numbers", () => {
    expect(JSON.parse(String(writeSummary(summary)))).toEqual({ summary });
  });

  it("says why a run stopped", () => {
    const stopped = { code: "too_many_failed_rows", message: "Too many." } as const;
    expect(JSON.parse(String(writeSummary({ ...summary, stopped })))).toMatchObject({ summary: { stopped } });
  });

  it("keeps fractions and waits of months within uint32", () => {
    const written = JSON.parse(String(writeSummary({ ...summary, waitedMs: 2 ** 40 + 0.5 })));
    expect(written.summary.waitedMs).toBe(2 ** 32 - 1);
  });
});

describe("writeProgress", () => {
  it("says until when a gate holds the stream, and why", () => {
    const waiting = { untilMs: 1_700_000_000_000, reason: "throttled", principal: "app" };
    const progress = { received: 10, acknowledged: 0, failed: 0, inFlight: 10, rowsPerSecond: 0, waiting };
    expect(JSON.parse(String(writeProgress(progress)))).toEqual({ progress });
  });

  it("says how fast rows settle, to a tenth, and how long the rest will take where that is known", () => {
    const progress = { received: 9, acknowledged: 7, failed: 1, inFlight: 1, rowsPerSecond: 1234.5678 };
    const written = JSON.parse(String(writeProgress({ ...progress, etaMs: 86_400_000 })));
    expect(written.progress).toMatchObject({ rowsPerSecond: 1234.6, etaMs: 86_400_000 });
    expect(JSON.parse(String(writeProgress(progress))).progress).not.toHaveProperty("etaMs");
  });
});

describe("readEnd", () => {
  it("reads the number of rows, zero included", () => {
    expect(readEnd(Buffer.from('{"end": {"rows": 7}}'))).toBe(7);
    expect(readEnd(Buffer.from('{"end": {"rows": 0}}'))).toBe(0);
  });

  it.each(['{"end": {}}', "{}", '{"end": {"rows": -1}}', '{"end": {"rows": 4294967296}}', '{"stop": {}}', "end", "[]"])(
    "refuses %s",
    (text) => {
      expect(() => readEnd(Buffer.from(text))).toThrow(expect.objectContaining({ code: "invalid_command" }));
    },
  );

  it("refuses a message that is too long to be one of ours", () => {
    const text = '{"end": {"rows": 7}}';
    expect(readEnd(Buffer.from(text.padEnd(4096)))).toBe(7);
    expect(() => readEnd(Buffer.from(text.padEnd(4097)))).toThrow(/4097 bytes/);
  });
});
