/**
 * One event is one line of JSON on stderr, out of an allow-list of fields: what is not named here cannot leak by being
 * handed over. A log that nobody reads, or that is closed, harms nothing.
 */
import { writeSync } from "node:fs";
import { pino } from "pino";

/** No secret, no row value, no body. Texts are cut to 2,000 characters. */
export interface LogFields {
  readonly environment?: string;
  readonly table?: string;
  readonly runId?: string;
  readonly partition?: number;
  readonly attempt?: number;
  readonly principal?: string;
  readonly peer?: string;
  readonly caller?: string;
  readonly code?: string;
  readonly message?: string;
  readonly remedy?: string;
  readonly cause?: string;
  readonly stack?: string;
  readonly signal?: string;
  readonly location?: string;
  readonly httpStatus?: number;
  readonly requestId?: string;
  readonly rows?: number;
  readonly failed?: number;
  readonly notSent?: number;
  readonly requests?: number;
  readonly throttles?: number;
  readonly bytes?: number;
  readonly streams?: number;
  readonly seconds?: number;
  /** Of decisions: requests under way at once, before and now. */
  readonly lanes?: number;
  readonly before?: number;
  readonly phase?: string;
  readonly epoch?: number;
  readonly elasticity?: number;
  /** Numbers of web servers, never cookies. */
  readonly server?: number;
  readonly answeredBy?: number;
  readonly share?: number;
  readonly reason?: string;
  /** A table and a mode. */
  readonly scope?: string;
  readonly way?: string;
  readonly size?: number;
}

/** Where decisions are told, one line each. */
export type Decisions = Pick<Log, "debug" | "warn">;

/** `event` is a constant of lower-case words; what varies is a field. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

const textCharactersMax = 2_000;

const allowedFields: ReadonlySet<string> = new Set<keyof LogFields>([
  "environment",
  "table",
  "runId",
  "partition",
  "attempt",
  "principal",
  "peer",
  "caller",
  "code",
  "message",
  "remedy",
  "cause",
  "stack",
  "signal",
  "location",
  "httpStatus",
  "requestId",
  "rows",
  "failed",
  "notSent",
  "requests",
  "throttles",
  "bytes",
  "streams",
  "seconds",
  "lanes",
  "before",
  "phase",
  "epoch",
  "elasticity",
  "server",
  "answeredBy",
  "share",
  "reason",
  "scope",
  "way",
  "size",
]);

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
  for (const [name, value] of Object.entries(fields)) {
    if (!allowedFields.has(name)) continue;
    // What is not a number yet is not known.
    if (typeof value === "number" && Number.isFinite(value)) kept[name] = value;
    else if (typeof value === "string") kept[name] = value.slice(0, textCharactersMax);
  }
  return kept;
}
