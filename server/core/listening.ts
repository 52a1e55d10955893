/** Why an address cannot be listened on, in words that name the key of the config. */
import { SidecarError } from "./errors.ts";

export interface Listening {
  /** What is to listen: `The server`. */
  readonly what: string;
  /** Host and port. */
  readonly address: string;
  /** The key of the config that says where: `listen`. */
  readonly setting: string;
}

/** @param cause what the attempt failed with; its message names the system's error. */
export function cannotListen({ what, address, setting }: Listening, cause: Error): SidecarError {
  const [why, remedy] = reasonOf(cause.message, setting);
  return new SidecarError("overloaded", `${what} cannot listen on ${address}: ${why}.`, { remedy, cause });
}

function reasonOf(message: string, setting: string): readonly [string, string] {
  if (message.includes("EADDRINUSE")) {
    return ["something else listens there", `Choose another port (\`${setting}.port\`), or end what listens there.`];
  }
  if (message.includes("EADDRNOTAVAIL") || message.includes("ENOTFOUND")) {
    return ["this machine has no such address", `Give \`${setting}.host\` one that it has; 0.0.0.0 is all of them.`];
  }
  if (message.includes("EACCES")) {
    return ["this user may not", `Choose a \`${setting}.port\` from 1024 on.`];
  }
  return [message, `Check \`${setting}\`.`];
}
