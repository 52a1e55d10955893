/**
 * One event is one line of JSON on stderr, out of an allow-list of fields: what is not named here cannot leak by being
 * handed over. A log that nobody reads, or that is closed, harms nothing.
 */
import { writeSync } from "node:fs";
import { pino } from "pino";

/** All that may be told in words, cut to 2,000 characters: no secret, no row value, no body. */
const texts = [
  "environment",
  "runId",
  "principal",
  "code",
  "message",
  "cause",
  "stack",
  "signal",
  "location",
  "phase",
  "reason",
  /** A table and a mode. */
  "scope",
  "way",
] as const;

const numbers = [
  "partition",
  "seconds",
  /** Of decisions: what was so before and is now. */
  "before",
  "lanes",
  "size",
  "share",
  /** Of windows: web servers. */
  "width",
  "epoch",
  "elasticity",
  /** Rows. */
  "received",
  "settled",
  "failed",
  "notSent",
  /** Numbers of web servers, never cookies. */
  "server",
  "answeredBy",
] as const;

type Text = (typeof texts)[number];
type Figure = (typeof numbers)[number];

export type LogFields = Readonly<Partial<Record<Text, string> & Record<Figure, number>>>;

/** Where decisions are told, one line each. */
export type Decisions = Pick<Log, "debug" | "info" | "warn">;

/** `event` is a constant of lower-case words; what varies is a field. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

const textCharactersMax = 2_000;
/** Of seconds to the millisecond. */
const decimals = 3;

/** Takes whole lines. */
export interface LogStream {
  write(line: string): void;
}

export function stderrLog(level: LogLevel): Log {
  return createLog(level, descriptorStream(2));
}

/** Writes at once, so that the last line before an end is not lost. A line that cannot be written is dropped, and counted in the next. */
export function descriptorStream(
  descriptor: number,
  write: (descriptor: number, line: string) => void = writeSync,
): LogStream {
  let dropped = 0;
  return {
    write(line) {
      try {
        write(descriptor, dropped === 0 ? line : line.replace(/\}\s*$/, `,"dropped":${dropped}}\n`));
        dropped = 0;
      } catch {
        // A reader that is slow (EAGAIN) or gone (EPIPE) is no reason to stop publishing.
        dropped += 1;
      }
    },
  };
}

export function createLog(level: LogLevel, stream: LogStream): Log {
  const options = {
    level,
    base: null,
    messageKey: "event",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const sink = pino(options, stream);
  return {
    debug: (event, fields = {}) => sink.debug(allowed(fields), event),
    info: (event, fields = {}) => sink.info(allowed(fields), event),
    warn: (event, fields = {}) => sink.warn(allowed(fields), event),
    error: (event, fields = {}) => sink.error(allowed(fields), event),
  };
}

function allowed(fields: LogFields): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const name of texts) {
    const text: unknown = fields[name];
    if (typeof text === "string") kept[name] = text.slice(0, textCharactersMax);
  }
  for (const name of numbers) {
    const number: unknown = fields[name];
    // What is not a number yet is not known.
    if (typeof number === "number" && Number.isFinite(number)) kept[name] = Number(number.toFixed(decimals));
  }
  return kept;
}
