/** A token that the platform renews in a file (Fabric, Databricks). Read anew each minute, and at once after a refusal. */
import { SidecarError } from "../core/errors.ts";
import type { Files } from "../core/files.ts";
import type { Acquire } from "./tokens.ts";

/** Twice the time between readings: tokens are renewed at half of a short life. */
const assumedLifeMs = 120_000;

/** @returns Acquire, which throws SidecarError `credentials_rejected` when the file is not there, empty or no token. */
export function accessTokenFile(file: string, files: Pick<Files, "readSecret">): Acquire {
  return () => {
    try {
      const value = files.readSecret(file).reveal().trim();
      if (/^[\x21-\x7e]+$/.test(value)) return Promise.resolve({ value, lifeMs: assumedLifeMs });
      throw new SidecarError("credentials_rejected", `${file} holds no access token.`, {
        remedy: "It must hold the token alone, on one line.",
      });
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
