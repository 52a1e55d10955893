/** HTTP for the tokens of the machine itself: a service that no other machine can be, and one alone. */
import type { Clock } from "../core/clock.ts";
import { SidecarError } from "../core/errors.ts";
import { isLoopback } from "../core/settings.ts";
import type { PlainHttp } from "./plain.ts";
import { plainHttp } from "./plain.ts";

/** The metadata service of a virtual machine, which no router lets through. */
const metadataService = "169.254.169.254";

/** Asks the origin of its first request from then on. @throws SidecarError `credentials_rejected` for an address beyond this machine. */
export function machineHttp(clock: Clock): PlainHttp {
  let service: PlainHttp | undefined;
  return {
    send(request) {
      const { origin, hostname } = new URL(request.url);
      if (hostname !== metadataService && !isLoopback(hostname)) {
        const refused = new SidecarError("credentials_rejected", `A token was to be fetched from ${origin}.`, {
          remedy: "Managed identities are asked of this machine alone; check the variable IDENTITY_ENDPOINT.",
        });
        return Promise.reject(refused);
      }
      service ??= plainHttp({ origin, clock, setting: "managed_identity" });
      return service.send(request);
    },
    close: async () => await service?.close(),
  };
}
