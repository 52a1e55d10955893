/**
 * What one principal may do, as far as refusals tell. One that lacks the privilege for a table and mode is set aside for that alone; a
 * row that is refused among good ones says nothing of it, for its owner or its team may be the reason.
 */

/** So many rows in a row that are refused mean that the principal lacks the privilege. */
const rowsTelling = 10;
/** For so long it is not asked again, and for so long a row that was let in proves that it may: a role can be given or taken. */
const rememberedMs = 600_000;
/** Tables times modes; the longest unheard of is forgotten. */
const scopesMax = 256;

interface Right {
  refusedRows: number;
  asideUntil: number;
  grantedUntil: number;
}

export class Rights {
  /** By scope, the least recently told of first. */
  readonly #rights = new Map<string, Right>();

  /** @param scope names a table and a mode; undefined = none that needs a right of its own. */
  may(scope: string | undefined, now: number): boolean {
    const right = scope === undefined ? undefined : this.#rights.get(scope);
    return right === undefined || now >= right.asideUntil;
  }

  /** A row of the scope was let in. */
  granted(scope: string, now: number): void {
    this.#set(scope, { refusedRows: 0, asideUntil: Number.NEGATIVE_INFINITY, grantedUntil: now + rememberedMs });
  }

  /** All rows of a request were refused. @returns whether the principal is set aside for it. */
  refused(scope: string, rows: number, now: number): boolean {
    const before = this.#rights.get(scope);
    const grantedUntil = before?.grantedUntil ?? Number.NEGATIVE_INFINITY;
    const refusedRows = (before?.refusedRows ?? 0) + rows;
    const isAside = now >= grantedUntil && refusedRows >= rowsTelling;
    this.#set(scope, {
      refusedRows,
      asideUntil: isAside ? now + rememberedMs : Number.NEGATIVE_INFINITY,
      grantedUntil,
    });
    return isAside;
  }

  #set(scope: string, right: Right): void {
    this.#rights.delete(scope);
    this.#rights.set(scope, right);
    const [oldest] = this.#rights.keys();
    if (this.#rights.size > scopesMax && oldest !== undefined) this.#rights.delete(oldest);
  }
}
