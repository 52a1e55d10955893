/**
 * The memory of the process as permits on one number of bytes, on which all that grows with the rows draws together: record batches,
 * requests with their replies, and what clients may send. Each holder says what it may have more, so that none waits for one that waits for it.
 */

/** One that waits for permits. Its claims are served in their order; those of others that fit go past it. */
export interface Holder {
  /** Whether it may have so many bytes more, as things stand. */
  fits(bytes: number): boolean;
}

interface Claim {
  readonly holder: Holder;
  readonly bytes: number;
  readonly grant: () => void;
}

export class Permits {
  /** Bytes. */
  readonly limit: number;
  readonly #held = new Map<object, number>();
  /** One of each stream, and one of each turn that has come. */
  readonly #claims: Claim[] = [];
  #used = 0;

  /** @param limit bytes that holders share; what each must have to go on is had beyond it. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes of all holders. */
  get used(): number {
    return this.#used;
  }

  /** Bytes. */
  heldBy(holder: object): number {
    return this.#held.get(holder) ?? 0;
  }

  /** Resolves when the bytes fit; rejects with the signal's reason. */
  take(bytes: number, holder: Holder, signal: AbortSignal): Promise<void> {
    if (this.tryTake(bytes, holder)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#claims.splice(this.#claims.indexOf(claim), 1);
        this.#serve();
        reject(signal.reason);
      };
      const claim: Claim = {
        holder,
        bytes,
        grant: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      this.#claims.push(claim);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** False if they do not fit, or the holder has a claim that came before. */
  tryTake(bytes: number, holder: Holder): boolean {
    if (this.#claims.some((claim) => claim.holder === holder) || !holder.fits(bytes)) return false;
    this.seize(bytes, holder);
    return true;
  }

  /** For what is in memory already: others find less room. */
  seize(bytes: number, holder: object): void {
    this.#used += bytes;
    this.#held.set(holder, this.heldBy(holder) + bytes);
  }

  /** Gives back what the holder has, so many bytes at most. */
  give(bytes: number, holder: object): void {
    const held = this.heldBy(holder);
    const given = Math.min(bytes, held);
    this.#used -= given;
    if (given < held) this.#held.set(holder, held - given);
    else this.#held.delete(holder);
    this.#serve();
  }

  #serve(): void {
    const passed = new Set<Holder>();
    for (const claim of [...this.#claims]) {
      const { holder, bytes } = claim;
      if (passed.has(holder) || !holder.fits(bytes)) {
        passed.add(holder);
        continue;
      }
      this.#claims.splice(this.#claims.indexOf(claim), 1);
      this.seize(bytes, holder);
      claim.grant();
    }
  }
}
