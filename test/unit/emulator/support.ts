/** Requests to an emulator without sockets, and a clock that the test moves. */
import type { Clock } from "../../emulator/core/clock.ts";
import type { Emulator } from "../../emulator/emulator.ts";
import { createEmulator } from "../../emulator/emulator.ts";
import { parseTables } from "../../emulator/schema/load.ts";
import type { Answer, WebReply } from "../../emulator/wire/http.ts";
import { isReset } from "../../emulator/wire/http.ts";
import type { EmulatorOptions } from "../../emulator/world.ts";

const schema = `
tables:
  account:
    keys:
      account_number: {columns: [accountnumber], label: Account Number}
  contact:
    keys:
      full_name: [firstname, lastname]
  new_thing:
    schema_name: new_Thing
    primary_name: new_name
    columns:
      new_name: {type: text, max_length: 10}
      new_note: {type: memo, max_length: 20}
      new_whole: {type: integer, min: 0, max: 100}
      new_big: {type: bigint}
      new_exact: {type: decimal, min: -1000, max: "100000000000", precision: 4}
      new_price: {type: money, min: 0, max: 1000000, precision: 2}
      new_rough: {type: float, precision: 5}
      new_flag: {type: boolean}
      new_color: {type: choice, options: {1: Red, 2: Green}}
      new_at: {type: datetime}
      new_day: {type: dateonly}
      new_guid: {type: guid}
      new_number: {type: integer}
      new_readonly: {type: text, create: false, update: false}
      new_account: {type: lookup, targets: {account: new_Account}}
    keys:
      by_number: [new_number]
      by_guid: {columns: [new_big], status: Pending}
`;

export const tables = parseTables(schema);

/** Waits for nothing: whoever sleeps goes on when the test has moved the time far enough. */
export class VirtualClock implements Clock {
  private time: number;
  private readonly sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  constructor(time = Date.UTC(2024, 0, 1)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.sleepers.push({ until: this.time + ms, wake });
    });
  }

  /** Moves on and wakes who is due. */
  async advance(ms: number): Promise<void> {
    await turn();
    this.time += ms;
    for (const sleeper of this.sleepers.filter(({ until }) => until <= this.time)) {
      this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
      sleeper.wake();
    }
    await turn();
  }
}

/** Whoever can go on, has. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function emulatorWith(options: EmulatorOptions = {}): Emulator {
  return createEmulator({ auth: false, tables, url: "https://localhost", ...options });
}

export type Headers = Readonly<Record<string, string>>;

/** `path` is relative to the service root. */
export async function ask(
  emulator: Emulator,
  line: `${string} ${string}`,
  body: unknown = "",
  headers: Headers = {},
): Promise<WebReply> {
  return replyOf(await askRaw(emulator, line, body, headers));
}

export function askRaw(
  emulator: Emulator,
  line: `${string} ${string}`,
  body: unknown = "",
  headers: Headers = {},
): Promise<Answer> {
  const blank = line.indexOf(" ");
  const [method, path] = [line.slice(0, blank), line.slice(blank + 1)];
  return emulator.handle({
    method,
    url: path.startsWith("/") ? path : `/api/data/v9.2/${path}`,
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export function replyOf(answer: Answer): WebReply {
  if (isReset(answer)) {
    throw new Error("The connection was reset.");
  }
  return answer;
}

export function codeOf(reply: { readonly body: string }): string {
  return (JSON.parse(reply.body) as { error: { code: string } }).error.code;
}

export function guid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** A part of a batch; a body makes it a POST or PATCH, none leaves the blank line that a GET needs. */
export function part(line: string, body: unknown = "", headers: readonly string[] = []): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", ""];
  const blank = line.indexOf(" ");
  const target = line.slice(blank + 1);
  const url = target.startsWith("/") || target.startsWith("$") ? target : `/api/data/v9.2/${target}`;
  lines.push(`${line.slice(0, blank)} ${url} HTTP/1.1`, "Content-Type: application/json", ...headers, "", text);
  return lines.join("\r\n");
}

export function multipart(parts: readonly string[], boundary = "b1"): string {
  return `${parts.map((text) => `--${boundary}\r\n${text}\r\n`).join("")}--${boundary}--\r\n`;
}

export function changeSet(parts: readonly string[], boundary = "c1"): string {
  const numbered = parts.map((text, index) => text.replace("binary\r\n", `binary\r\nContent-ID: ${index + 1}\r\n`));
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${multipart(numbered, boundary)}`;
}

export const batchType = { "content-type": "multipart/mixed; boundary=b1" };
export const goOn = { ...batchType, prefer: "odata.continue-on-error" };

export function batch(emulator: Emulator, parts: readonly string[], headers: Headers = goOn): Promise<WebReply> {
  return ask(emulator, "POST $batch", multipart(parts), headers);
}

/** The statuses of the parts of a multipart answer, in order. */
export function partStatuses(reply: WebReply): readonly number[] {
  return [...reply.body.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
