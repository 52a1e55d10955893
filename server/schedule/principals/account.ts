/** What one principal has asked of the service since this process began: seconds of execution, and operations as licences count them. */

const dayMs = 86_400_000;

export class Account {
  #seconds = 0;
  /** Of the universal time. */
  #day = Number.NaN;
  #operations = 0;

  /** Seconds of execution, by our reckoning. */
  get seconds(): number {
    return this.#seconds;
  }

  /** @param wallMs milliseconds since 1970, when the request was answered. */
  add(seconds: number, operations: number, wallMs: number): void {
    this.#seconds += seconds;
    this.#operations = this.operationsToday(wallMs) + operations;
  }

  /**
   * Operations since midnight (UTC), or since the process began: each operation of a `$batch`, each target of a bulk message, each read.
   * Counted, never enforced: other clients of the principal are not seen.
   */
  operationsToday(wallMs: number): number {
    const day = Math.floor(wallMs / dayMs);
    if (day !== this.#day) this.#operations = 0;
    this.#day = day;
    return this.#operations;
  }
}
