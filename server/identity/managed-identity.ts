/**
 * Tokens of the Azure machine that this runs on: no secret, no tenant. Which service of the machine is asked, the library knows by
 * the variables that Azure sets. [learn.microsoft.com: entra/identity/managed-identities-azure-resources/how-to-use-vm-token]
 */
import { AuthError, LogLevel, ManagedIdentityApplication } from "@azure/msal-node";
import type { Clock } from "../core/clock.ts";
import { SidecarError } from "../core/errors.ts";
import type { Http } from "./network.ts";
import { Network } from "./network.ts";
import type { Acquire } from "./tokens.ts";

export interface MachineOptions {
  readonly clock: Clock;
  readonly http: Http;
}

export interface ManagedIdentityOptions {
  /** Of a user-assigned identity; absent: the machine's own. */
  readonly clientId?: string;
  /** What the token is for: the environment's scheme, host and port. */
  readonly resourceOrigin: string;
}

/** Where nothing is said of a token's life: the machine's service renews those of less than this. */
const untoldLifeMs = 300_000;

/** The identities of this machine. One a process: the library keeps the network that it was given first, for all. */
export class ManagedIdentities {
  readonly #clock: Clock;
  readonly #network: Network;

  constructor({ clock, http }: MachineOptions) {
    this.#clock = clock;
    const remedy =
      "Managed identities exist on Azure machines alone; elsewhere use a client secret, a certificate or a federated token.";
    this.#network = new Network({ http, remedy });
  }

  /** @returns Acquire, which throws SidecarError `unavailable` off Azure, `credentials_rejected` where the machine has no such identity. */
  of({ clientId, resourceOrigin }: ManagedIdentityOptions): Acquire {
    return async () => {
      this.#network.failure = undefined;
      try {
        const application = new ManagedIdentityApplication({
          ...(clientId === undefined ? {} : { managedIdentityIdParams: { userAssignedClientId: clientId } }),
          system: {
            networkClient: this.#network,
            disableInternalRetries: true,
            loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false, logLevel: LogLevel.Error },
          },
        });
        // Its cache would outlive what ours knows to be refused.
        const { accessToken, expiresOn } = await application.acquireToken({
          resource: resourceOrigin,
          forceRefresh: true,
        });
        // A life that was not told, the library lets end now, to the second.
        const lifeMs = Number(expiresOn) - this.#clock.wall();
        return { value: accessToken, lifeMs: lifeMs > 1_000 ? lifeMs : untoldLifeMs };
      } catch (error) {
        throw this.#network.failure ?? (error instanceof AuthError ? refused(error, clientId) : error);
      }
    };
  }
}

/** Of what the machine's service says only its code is told: the rest could hold names. */
function refused({ errorCode }: AuthError, clientId: string | undefined): SidecarError {
  const whose = clientId === undefined ? "its own identity" : `identity ${clientId}`;
  const code = /^[\w-]{1,64}$/.test(errorCode) ? ` (${errorCode})` : "";
  return new SidecarError("credentials_rejected", `The machine gave no token for ${whose}${code}.`, {
    remedy:
      "Assign the identity to this machine; `managed_identity.client_id` names a user-assigned one and must be absent for the machine's own.",
  });
}
