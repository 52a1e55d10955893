import { describe, expect, it } from "vitest";
import type { LogFields } from "../../../server/core/log.ts";
import { createLog, descriptorStream, stderrLog } from "../../../server/core/log.ts";

function collected(level: "debug" | "info" = "debug") {
  const lines: string[] = [];
  return { log: createLog(level, { write: (line) => lines.push(line) }), lines };
}

describe("createLog", () => {
  it("writes an event with its fields", () => {
    const { log, lines } = collected();
    log.info("stream ended", { partition: 3, runId: "r" });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "info",
      event: "stream ended",
      partition: 3,
      runId: "r",
    });
  });

  it("leaves out what is not on the list", () => {
    const { log, lines } = collected();
    log.warn("x", { password: "canary" } as LogFields);
    expect(lines.join("")).not.toContain("canary");
  });

  it("leaves out values that are neither text nor number", () => {
    const { log, lines } = collected();
    log.error("x", { message: { deep: "canary" } } as unknown as LogFields);
    expect(lines.join("")).not.toContain("canary");
  });

  it.each(["a\nb", "a\r\nb", "\u001b[31m", "\u0000", '"}\n{"level":"error"'])("makes one line of %j", (message) => {
    const { log, lines } = collected();
    log.info("x", { message });
    expect(lines.join("").trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(lines.join(""))).toMatchObject({ message });
  });

  it("leaves out a number that is not known yet", () => {
    const { log, lines } = collected();
    log.info("x", { elasticity: Number.NaN, share: Number.POSITIVE_INFINITY, lanes: 0 });
    expect(Object.keys(JSON.parse(lines.join("")) as object).sort((a, b) => a.localeCompare(b))).toEqual([
      "event",
      "lanes",
      "level",
      "time",
    ]);
  });

  it("tells seconds to the millisecond", () => {
    const { log, lines } = collected();
    log.info("x", { seconds: 361.999956 });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ seconds: 362 });
  });

  it("cuts long texts", () => {
    const { log, lines } = collected();
    log.info("x", { message: "y".repeat(100_000) });
    expect(lines.join("").length).toBeLessThan(2_200);
  });

  it("is silent below its level", () => {
    const { log, lines } = collected("info");
    log.debug("x");
    expect(lines).toEqual([]);
  });
});

describe("descriptorStream", () => {
  it("survives a closed descriptor, and counts what it dropped", () => {
    const written: string[] = [];
    let isOpen = false;
    const stream = descriptorStream(2, (descriptor, line) => {
      if (!isOpen) throw Object.assign(new Error("bad descriptor"), { code: "EBADF" });
      written.push(`${descriptor} ${line}`);
    });
    stream.write('{"event":"lost"}\n');
    isOpen = true;
    stream.write('{"event":"seen"}\n');
    stream.write('{"event":"next"}\n');
    expect(written).toEqual(['2 {"event":"seen","dropped":1}\n', '2 {"event":"next"}\n']);
  });

  it("stands behind the log of the server", () => {
    expect(() => stderrLog("error").info("not shown")).not.toThrow();
  });
});
