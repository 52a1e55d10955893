/** Which caller's run it is, while it has a live stream: nobody else may join, watch or end it. Its size is that of the live streams. */
import { SidecarError } from "../core/errors.ts";
import type { Caller } from "./auth.ts";

interface Ownership {
  readonly caller: string;
  streams: number;
}

export class RunOwners {
  readonly #owners = new Map<string, Ownership>();

  /**
   * Adds a stream to the run; the returned function takes it away again.
   * @throws SidecarError caller_not_allowed
   */
  join(runId: string, caller: Caller): () => void {
    this.assertOwn(runId, caller);
    const ownership = this.#owners.get(runId) ?? { caller: caller.name, streams: 0 };
    ownership.streams++;
    this.#owners.set(runId, ownership);
    return () => {
      ownership.streams--;
      if (ownership.streams === 0) this.#owners.delete(runId);
    };
  }

  /** @throws SidecarError caller_not_allowed for a live run of another caller. */
  assertOwn(runId: string, caller: Caller): void {
    const owner = this.#owners.get(runId);
    if (owner === undefined || owner.caller === caller.name) return;
    throw new SidecarError("caller_not_allowed", "The run of this runId belongs to another caller.", {
      remedy: "Use a runId of your own.",
    });
  }
}
