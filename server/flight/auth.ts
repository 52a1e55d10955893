/** Who calls, and what they may touch. Tokens are kept and compared as hashes, all of them each time, so that time tells nothing. */
import { createHash, timingSafeEqual } from "node:crypto";
import { SidecarError } from "../core/errors.ts";
import type { CallerSettings } from "./settings.ts";

export interface Caller {
  /** Empty where no callers are configured. */
  readonly name: string;
  mayUse(environment: string): boolean;
  mayPublish(mode: string): boolean;
}

interface Credential {
  readonly hash: Buffer;
  readonly caller: Caller;
}

const everyone: Caller = { name: "", mayUse: () => true, mayPublish: () => true };

const bearer = /^Bearer +([\x21-\x7e]{1,4096})$/i;

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function permits(allowed: readonly string[] | undefined, wanted: string): boolean {
  return allowed === undefined || allowed.includes("*") || allowed.includes(wanted);
}

/** Finds the caller of a call by its `authorization` header. */
export class Callers {
  readonly #credentials: readonly Credential[];

  constructor(settings: readonly CallerSettings[]) {
    this.#credentials = settings.flatMap((entry) => {
      const caller: Caller = {
        name: entry.name,
        mayUse: (environment) => permits(entry.environments, environment),
        mayPublish: (mode) => permits(entry.modes, mode.toLowerCase()),
      };
      const tokens = entry.tokens.split("\n").map((line) => line.trim());
      return tokens.filter((token) => token !== "").map((token) => ({ hash: sha256(token), caller }));
    });
  }

  /**
   * @param authorization the values of the header.
   * @throws SidecarError unauthenticated_caller
   */
  identify(authorization: readonly (string | Buffer)[]): Caller {
    if (this.#credentials.length === 0) return everyone;
    const token = authorization.length === 1 ? bearer.exec(String(authorization[0]))?.[1] : undefined;
    if (token === undefined) throw unauthenticated("The call carries no bearer token.");
    const hash = sha256(token);
    const found = this.#credentials.filter((credential) => timingSafeEqual(credential.hash, hash));
    if (found[0] === undefined) throw unauthenticated("The bearer token is not one that this server knows.");
    return found[0].caller;
  }
}

function unauthenticated(message: string): SidecarError {
  return new SidecarError("unauthenticated_caller", message, {
    remedy:
      "Send the header `authorization: Bearer <token>` (from Python: token=) with a token of this server's `callers`.",
  });
}

/** @throws SidecarError caller_not_allowed */
export function assertMayUse(caller: Caller, environment: string): void {
  if (caller.mayUse(environment)) return;
  throw new SidecarError("caller_not_allowed", `Caller ${caller.name} may not use environment ${environment}.`, {
    remedy: "Add it to the caller's `environments` in the server's config.",
  });
}

/** @throws SidecarError caller_not_allowed */
export function assertMayPublish(caller: Caller, environment: string, mode: string): void {
  assertMayUse(caller, environment);
  if (caller.mayPublish(mode)) return;
  throw new SidecarError("caller_not_allowed", `Caller ${caller.name} may not publish with mode ${mode}.`, {
    remedy: "Add the mode to the caller's `modes` in the server's config.",
  });
}
