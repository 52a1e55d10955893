/** What the log says of a defect of the server: where it was met, and nothing that a message of a library may quote beyond it. */
import { asSidecarError } from "./errors.ts";
import type { LogFields } from "./log.ts";

/** The innermost cause tells most: its message and stack, else those of the error itself. */
export function defectFields(thrown: unknown): LogFields {
  const { code, message, stack = "", cause } = asSidecarError(thrown);
  return cause instanceof Error
    ? { code, message, cause: cause.message, stack: cause.stack ?? "" }
    : { code, message, stack };
}
