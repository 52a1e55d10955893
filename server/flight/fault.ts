/** Why a stream must end with an error, as soon as anyone knows it, and a way to wait for work no longer than that. */
import { SidecarError } from "../core/errors.ts";
import { unlessAborted } from "../core/unless-aborted.ts";

export class Fault {
  readonly #controller = new AbortController();

  /** Aborted with the fault. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first reason stands. */
  raise(reason: SidecarError): void {
    this.#controller.abort(reason);
  }

  /**
   * What comes of `work`.
   * @throws the fault as soon as it is raised; the work goes on by itself.
   */
  unless<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(work, this.signal);
  }
}

export function cancelled(message: string): SidecarError {
  return new SidecarError("cancelled", message, { remedy: "Publish these rows again under the same runId." });
}
