/** Reads the operator's files, and tells which of those that hold a secret others may read too. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { SidecarError } from "./errors.ts";
import { Secret } from "./secret.ts";

/** No config, key or certificate comes near this. */
const fileBytesMax = 1024 * 1024;
const readableByOthers = 0o077;

export interface Files {
  /** @throws SidecarError naming the file and what to do. */
  read(path: string): string;
  /** Without the line break at its end. @throws SidecarError as `read`, and for a file that holds nothing. */
  readSecret(path: string): Secret;
  /** Whether others on this machine may read it: no reason to refuse, since mounted secrets of containers often are so. */
  isExposed(path: string): boolean;
}

export const systemFiles: Files = {
  read: readWhole,
  readSecret(path) {
    const text = readWhole(path).replace(/\r?\n$/, "");
    if (text === "") throw refused(`${path} is empty.`, "Put the secret into it.");
    return new Secret(text);
  },
  isExposed(path) {
    const file = opened(path);
    try {
      return platform() !== "win32" && (fstatSync(file).mode & readableByOthers) !== 0;
    } finally {
      closeSync(file);
    }
  },
};

/** The path as it stands, or within `folder` unless that is empty. */
export function absolute(folder: string, path: string): string {
  return folder === "" || /^(?:\/|\\|[A-Za-z]:)/.test(path) ? path : `${folder}/${path}`;
}

/** The same files; of each secret that others may read too there is a warning, once. */
export function warningOfExposed(files: Files, warnings: string[]): Files {
  const readSecret = (path: string): Secret => {
    const secret = files.readSecret(path);
    const warning = `${path} holds a secret, and others on this machine may read it: chmod 600 ${path}`;
    if (files.isExposed(path) && !warnings.includes(warning)) warnings.push(warning);
    return secret;
  };
  return { ...files, readSecret };
}

function readWhole(path: string): string {
  const file = opened(path);
  try {
    if (fstatSync(file).size > fileBytesMax) throw refused(`${path} is larger than 1 MiB.`, "Name the right file.");
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
