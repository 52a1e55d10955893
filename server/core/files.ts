/** Reads the operator's files. A file that holds a secret must be readable by its owner alone, or the start is refused. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { SidecarError } from "./errors.ts";
import { Secret } from "./secret.ts";

/** No config, key or certificate comes near this. */
const FILE_BYTES_MAX = 1024 * 1024;
const READABLE_BY_OTHERS = 0o077;

export interface Files {
  /** @throws SidecarError naming the file and what to do. */
  read(path: string): string;
  /** Without the line break at its end. @throws SidecarError, also for a file that others may read. */
  readSecret(path: string): Secret;
}

export const systemFiles: Files = {
  read: (path) => readWhole(path, false),
  readSecret: (path) => new Secret(readWhole(path, platform() !== "win32").replace(/\r?\n$/, "")),
};

function readWhole(path: string, isPrivate: boolean): string {
  const file = opened(path);
  try {
    const { size, mode } = fstatSync(file);
    if (size > FILE_BYTES_MAX) throw refused(`${path} is larger than 1 MiB.`, "Name the right file.");
    if (isPrivate && (mode & READABLE_BY_OTHERS) !== 0) {
      throw refused(`${path} holds a secret, but others on this machine may read it.`, `Run \`chmod 600 ${path}\`.`);
    }
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new SidecarError("credentials_rejected", `${path} cannot be read.`, {
      remedy: "Check the path (it is relative to the config file) and the rights of the file.",
      cause,
    });
  }
}

function refused(message: string, remedy: string): SidecarError {
  return new SidecarError("credentials_rejected", message, { remedy });
}
