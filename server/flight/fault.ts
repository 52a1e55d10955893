/** Why a stream must end with an error, as soon as anyone knows it, and a way to wait for work no longer than that. */
import { SidecarError } from "../core/errors.ts";

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
   * The work's result. The listener is taken away afterwards: a race against one lasting promise would keep every loser of a long stream.
   * @throws the fault as soon as it is raised; the work goes on by itself.
   */
  async unless<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    let onFault = (): void => {};
    const raised = new Promise<never>((_, reject) => {
      onFault = () => reject(signal.reason);
      signal.addEventListener("abort", onFault, { once: true });
      if (signal.aborted) onFault();
    });
    try {
      // Raised before, it comes before work that is done.
      return await Promise.race([raised, work]);
    } finally {
      signal.removeEventListener("abort", onFault);
    }
  }
}

export function cancelled(message: string): SidecarError {
  return new SidecarError("cancelled", message, { remedy: "Publish these rows again under the same runId." });
}
