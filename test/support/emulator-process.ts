/** The emulator as a process of its own, over TLS, with its side door: faults in; ledger, counts and rows out. */
import { readFileSync } from "node:fs";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { text } from "node:stream/consumers";
import type { Fault } from "../emulator/faults/script.ts";
import type { Effect } from "../emulator/oracle/effect.ts";
import type { RequestRecord } from "../emulator/oracle/ledger.ts";
import type { Exit } from "./program.ts";
import { Program } from "./program.ts";

export interface EmulatorAddress {
  readonly url: string;
  readonly authority: string;
  readonly tenant_id: string;
  readonly ca_file: string | null;
  readonly principals: readonly { readonly client_id: string; readonly client_secret: string }[];
}

export type Row = Readonly<Record<string, unknown>>;

export class EmulatorProcess {
  readonly program: Program;
  readonly address: EmulatorAddress;
  readonly #ca: string | undefined;

  private constructor(program: Program, address: EmulatorAddress) {
    this.program = program;
    this.address = address;
    this.#ca = address.ca_file === null ? undefined : readFileSync(address.ca_file, "utf8");
  }

  static async start(flags: readonly string[]): Promise<EmulatorProcess> {
    const program = new Program(process.execPath, [
      ...["test/emulator/main.ts", "--port", "0", "--exit-with-stdin"],
      ...flags,
    ]);
    return new EmulatorProcess(program, (await program.ready()) as unknown as EmulatorAddress);
  }

  async rows(table: string): Promise<readonly Row[]> {
    return ((await this.#ask("GET", `rows?table=${table}`)) as { rows: Row[] }).rows;
  }

  async effects(table: string): Promise<readonly Effect[]> {
    return ((await this.#ask("GET", `ledger?table=${table}`)) as { effects: Effect[] }).effects;
  }

  async requests(): Promise<readonly RequestRecord[]> {
    return ((await this.#ask("GET", "requests")) as { requests: RequestRecord[] }).requests;
  }

  /** Faults that no request has played yet. */
  async faultsLeft(): Promise<readonly Fault[]> {
    return (await this.#ask("GET", "faults")) as Fault[];
  }

  /** Requests that came before a Retry-After was over. */
  async early(): Promise<number> {
    return ((await this.#ask("GET", "violations")) as { early: number }).early;
  }

  async addFaults(...faults: readonly Fault[]): Promise<void> {
    await this.#ask("POST", "faults", faults);
  }

  /** Operations as licences count them, by client id and day of the universal time. */
  async entitlement(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
    return ((await this.#ask("GET", "counts")) as { entitlement: Record<string, Record<string, number>> }).entitlement;
  }

  async token(seconds: number): Promise<string> {
    return ((await this.#ask("POST", "token", { seconds })) as { access_token: string }).access_token;
  }

  /** Of the first principal, or of the one that is named: the old one is refused from now on. */
  async changeSecret(secret: string, clientId?: string): Promise<void> {
    await this.#ask("POST", "secret", { client_secret: secret, client_id: clientId });
  }

  async reset(): Promise<void> {
    await this.#ask("POST", "reset");
  }

  async end(): Promise<Exit> {
    return await this.program.end();
  }

  #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const url = `${this.address.url}/__emulator__/${path}`;
    const request = this.#ca === undefined ? requestPlain : requestTls;
    return new Promise((resolve, reject) => {
      const call = request(
        url,
        { method, agent: false, ...(this.#ca === undefined ? {} : { ca: this.#ca }) },
        (reply) => {
          text(reply).then((answer) => {
            if (reply.statusCode === 200) resolve(JSON.parse(answer));
            else reject(new Error(`${method} ${path}: ${reply.statusCode} ${answer}`));
          }, reject);
        },
      );
      call.on("error", reject);
      call.end(body === undefined ? "" : JSON.stringify(body));
    });
  }
}
