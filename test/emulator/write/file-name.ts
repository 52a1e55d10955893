/** Names of files that the service does not take. */
import { codes, ServiceError } from "../wire/errors.ts";

/** Names that an organization blocks unless it is told otherwise; the service's list is longer. */
const blocked = /\.(?:asp|bat|cmd|com|cpl|dll|exe|hta|js|jse|msi|pif|ps1|reg|scr|vb|vbe|vbs|wsf|wsh)$/i;

/** Throws for a name that no file may have. */
export function checkFileName(name: string): void {
  if (blocked.test(name)) {
    throw new ServiceError(
      400,
      codes.blockedFile,
      "The attachment is either not a valid type or is too large. It cannot be uploaded or downloaded.",
    );
  }
}
