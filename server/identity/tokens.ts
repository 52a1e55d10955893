/**
 * One principal's token: cached, renewed ahead of its end, and fetched once however many wait. Lives are measured on the
 * steady clock, so that a machine with a wrong or leaping time neither renews in a loop nor sends dead tokens.
 */
import type { Clock } from "../core/clock.ts";
import { asSidecarError } from "../core/errors.ts";
import { unlessAborted } from "../core/unless-aborted.ts";

export interface AcquiredToken {
  readonly value: string;
  /** How long it lives from now, milliseconds. */
  readonly lifeMs: number;
}

/** @throws SidecarError `credentials_rejected` (nothing helps but a change of config), `unavailable` (another try may help). */
export type Acquire = () => Promise<AcquiredToken>;

export interface TokenSourceOptions {
  readonly clock: Clock;
  readonly acquire: Acquire;
}

export interface TokenRequest {
  /** A token the service has refused. */
  readonly rejected?: string;
  readonly signal: AbortSignal;
}

const aheadMs = 300_000;
const aheadShare = 0.8;
/** A renewal ahead of time that failed is tried again after this; until its end the present token serves … */
const renewAgainMs = 30_000;
/** … or after this share of what is left of its life: a new secret may become valid, or come into its file, while the old token lives. */
const renewAgainShare = 0.25;
const renewAgainLeastMs = 100;
/** Whoever sends a request repeats it, too; more here would keep a new user waiting for the news that nothing listens. */
const attemptsMax = 2;
const backoffMs = 500;
/** A token endpoint may ask to wait; longer than this the caller hears of it instead. */
const backoffMaxMs = 30_000;

interface Held {
  readonly value: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

export class TokenSource {
  readonly #options: TokenSourceOptions;
  #held: Held | undefined;
  #flight: Promise<Held> | undefined;
  #renewNotBefore = Number.NEGATIVE_INFINITY;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /**
   * A token that is alive and is not the rejected one.
   * @throws SidecarError as `Acquire`; the signal's reason, while the fetch itself goes on for the others.
   */
  async token({ rejected, signal }: TokenRequest): Promise<string> {
    signal.throwIfAborted();
    if (rejected !== undefined && this.#held?.value === rejected) this.#held = undefined;
    const held = this.#held;
    const now = this.#options.clock.now();
    if (held === undefined || now >= held.endsAt) return (await unlessAborted(this.#fetched(), signal)).value;
    if (now >= held.renewAt && now >= this.#renewNotBefore) this.#renew(held, now);
    return held.value;
  }

  #renew({ endsAt }: Held, now: number): void {
    const soon = Math.max(renewAgainLeastMs, (endsAt - now) * renewAgainShare);
    this.#renewNotBefore = now + Math.min(renewAgainMs, soon);
    // The held token still serves: whoever needs another one after its end asks again and gets the error.
    this.#fetched().then(undefined, () => undefined);
  }

  #fetched(): Promise<Held> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<Held> {
    // Its life began somewhere on the way: counted from before, it never ends later than believed.
    const now = this.#options.clock.now();
    const { value, lifeMs } = await this.#acquirePatiently();
    this.#renewNotBefore = Number.NEGATIVE_INFINITY;
    // Half of a short life at least, or a token of five minutes would be renewed without end.
    const renewAt = now + Math.max(lifeMs / 2, Math.min(lifeMs * aheadShare, lifeMs - aheadMs));
    this.#held = { value, renewAt, endsAt: now + lifeMs };
    return this.#held;
  }

  async #acquirePatiently(): Promise<AcquiredToken> {
    const { clock, acquire } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await acquire();
      } catch (thrown) {
        const error = asSidecarError(thrown);
        const floorMs = error.retryAfterMs ?? 0;
        if (error.code !== "unavailable" || attempt >= attemptsMax || floorMs > backoffMaxMs) throw error;
        await clock.sleep(Math.max(floorMs, clock.random() * backoffMs * 2 ** attempt));
      }
    }
  }
}
