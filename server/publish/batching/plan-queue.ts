/** Steps of rows that were begun and can go now: parts that share a `$batch`, and files, each a request of its own. */
import type { FileContent } from "../../dataverse/rows/file-column.ts";
import type { Operation } from "../rows/batch.ts";
import { operationsMax } from "../rows/batch.ts";

export interface Upload {
  readonly operation: Operation;
  readonly file: FileContent;
}

/** Bounded by the rows in memory, which hold permits. */
export class PlanQueue {
  readonly #parts: Operation[] = [];
  readonly #uploads: Upload[] = [];

  add(operation: Operation, file: FileContent | undefined): void {
    if (file === undefined) this.#parts.push(operation);
    else this.#uploads.push({ operation, file });
  }

  /** Requests that they fill. */
  get requests(): number {
    return Math.ceil(this.#parts.length / operationsMax) + this.#uploads.length;
  }

  get hasParts(): boolean {
    return this.#parts.length > 0;
  }

  nextPart(): Operation | undefined {
    return this.#parts.shift();
  }

  nextUpload(): Upload | undefined {
    return this.#uploads.shift();
  }

  drain(): readonly Operation[] {
    return [...this.#parts.splice(0), ...this.#uploads.splice(0).map(({ operation }) => operation)];
  }
}
