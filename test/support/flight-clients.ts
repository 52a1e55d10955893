/** Real pyarrow clients in a process of their own: any number of publish streams at once, each in its thread. */
import type { Exit } from "./program.ts";
import { Program } from "./program.ts";

export interface ColumnValues {
  readonly name: string;
  /** As `clients/publisher.py` names them: string, int64, decimal(19,4), timestamp, … */
  readonly type: string;
  /** Texts where JSON numbers would lose digits. */
  readonly values: readonly unknown[];
}

export interface Publishing {
  readonly location: string;
  readonly command: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnValues[];
  /** Rows of a record batch; 100 if absent. */
  readonly batchRows?: number;
  /** Record batches after which the client waits for `resume`. */
  readonly holdAfter?: number;
  /** Seconds after which the client gives up; 50 if absent. */
  readonly timeoutS?: number;
  readonly rootCertificate?: string;
  readonly authorization?: string;
}

export interface Question {
  readonly location: string;
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly rootCertificate?: string;
  readonly authorization?: string;
}

export interface OutcomeRow {
  readonly _dv_outcome: string;
  readonly _dv_row: number;
  readonly _dv_id: string | null;
  readonly _dv_error_code: string | null;
  readonly _dv_error_column: string | null;
  readonly _dv_error_message: string | null;
  readonly _dv_service_code: string | null;
  readonly _dv_http_status: number | null;
  readonly _dv_retryable: boolean;
  readonly _dv_attempts: number;
  readonly _dv_request_id: string | null;
  readonly _dv_settled_at: string;
}

export interface Summary {
  readonly received: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly notSent: number;
  readonly created: number;
  readonly updated: number;
  readonly upserted: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly requests: number;
  readonly throttles: number;
  readonly failedByCode: Readonly<Record<string, number>>;
  readonly stopped?: { readonly code: string; readonly message: string };
}

export interface Report {
  readonly rows: readonly OutcomeRow[];
  readonly summary: Summary | null;
  /** Whether the input columns of the outcome rows equal the input, in Arrow's own terms. */
  readonly unchanged?: boolean;
  readonly results?: readonly unknown[];
  readonly error?: { readonly type: string; readonly text: string };
}

export class FlightClients {
  readonly #program = new Program(".venv/bin/python", ["test/support/clients/publisher.py"]);
  readonly #waiting = new Map<number, PromiseWithResolvers<Report>>();
  #next = 1;

  constructor() {
    this.#read().catch((fault: unknown) => this.#abandon(fault));
  }

  /** The report comes when the stream has ended; `resume` lets a stream that holds go on. */
  open(publishing: Publishing): { readonly report: Promise<Report>; readonly resume: () => void } {
    const id = this.#next++;
    const waiting = Promise.withResolvers<Report>();
    this.#waiting.set(id, waiting);
    this.#write({ id, ...publishing });
    return { report: waiting.promise, resume: () => this.#write({ resume: id }) };
  }

  publish(publishing: Publishing): Promise<Report> {
    return this.open(publishing).report;
  }

  ask(question: Question): Promise<Report> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<Report>();
    this.#waiting.set(id, waiting);
    this.#write({ id, ...question });
    return waiting.promise;
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    return await this.#program.end(signal);
  }

  #write(job: object): void {
    this.#program.child.stdin.write(`${JSON.stringify(job)}\n`);
  }

  async #read(): Promise<void> {
    for (let line = await this.#program.line(); line !== undefined; line = await this.#program.line()) {
      const { id, ...report } = JSON.parse(line) as Report & { id: number };
      this.#waiting.get(id)?.resolve(report);
      this.#waiting.delete(id);
    }
    this.#abandon(new Error(`The clients have ended. ${this.#program.stderr}`));
  }

  #abandon(reason: unknown): void {
    for (const { reject, promise } of this.#waiting.values()) {
      // A test that killed its clients does not wait for their report.
      promise.catch(() => undefined);
      reject(reason);
    }
    this.#waiting.clear();
  }
}
