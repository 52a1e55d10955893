/**
 * The memory of the process as permits on one number of bytes, on which all that grows with the rows draws together: record batches,
 * requests with their replies, and what clients may send. Each holder says what it may have more, so that none waits for one that waits for it.
 */

/** One that waits for permits. Its claims are served in their order; those of others that fit go past it. */
export interface Holder {
  /** Of several that are counted together, too: what `heldBy` is asked for to know of all of them. */
  readonly group?: object;
  /** Whether it may have so many bytes more, as things stand. */
  fits(bytes: number): boolean;
}

/**
 * Of a connection beside what it carries, to a client or to the service: the buffers of TLS in both directions, and the objects. 0.1 to 0.3 MiB
 * where it was measured: 300 connections took more than all record batches.
 */
export const connectionBytes = 256 * 1024;

interface Claim {
  readonly holder: Holder;
  readonly bytes: number;
  readonly grant: () => void;
}

export class Permits {
  /** Bytes. */
  readonly limit: number;
  /** Bytes that a connection at work counts for beside what it carries. */
  readonly perConnection: number;
  readonly #held = new Map<object, number>();
  /** One of each stream, and one of each turn that has come. */
  readonly #claims: Claim[] = [];
  #used = 0;

  /**
   * @param limit bytes that holders share; what each must have to go on is had beyond it.
   * @param perConnection 0 where there are none.
   */
  constructor(limit: number, perConnection = 0) {
    this.limit = limit;
    this.perConnection = perConnection;
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
    this.#count(bytes, holder);
  }

  /** Gives back what the holder has, so many bytes at most. */
  give(bytes: number, holder: object): void {
    const given = Math.min(bytes, this.heldBy(holder));
    this.#used -= given;
    this.#count(-given, holder);
    this.#serve();
  }

  #count(bytes: number, holder: object): void {
    const held = this.heldBy(holder) + bytes;
    if (held > 0) this.#held.set(holder, held);
    else this.#held.delete(holder);
    if (isMember(holder)) this.#count(bytes, holder.group);
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

function isMember(holder: object): holder is Required<Pick<Holder, "group">> {
  return "group" in holder && holder.group !== undefined;
}
