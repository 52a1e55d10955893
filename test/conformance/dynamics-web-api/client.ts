/** dynamics-web-api and Microsoft's identity library, unchanged, against the emulator over https. */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ConfidentialClientApplication } from "@azure/msal-node";
import type { Config } from "dynamics-web-api";
import { DynamicsWebApi } from "dynamics-web-api";
import { EmulatorProcess } from "../../support/emulator-process.ts";

export interface Environment {
  readonly emulator: EmulatorProcess;
  readonly connect: (config?: Partial<Config>) => DynamicsWebApi;
}

/** An emulator that this process trusts, and clients with tokens of its first principal. */
export async function startEnvironment(): Promise<Environment> {
  const emulator = await EmulatorProcess.start(["--schema", "test/conformance/dynamics-web-api/tables.yaml"]);
  const { url, authority, tenant_id, ca_file, principals } = emulator.address;
  const [principal] = principals;
  if (ca_file === null || principal === undefined) {
    throw new Error("the emulator has no certificate or no principal");
  }
  setDefaultCACertificates([...getCACertificates(), readFileSync(ca_file, "utf8")]);
  const identity = new ConfidentialClientApplication({
    auth: {
      clientId: principal.client_id,
      clientSecret: principal.client_secret,
      authority: `${authority}/${tenant_id}`,
      knownAuthorities: [new URL(authority).host],
    },
  });
  const onTokenRefresh = async (): Promise<string> => {
    const answer = await identity.acquireTokenByClientCredential({ scopes: [`${url}/.default`] });
    return answer?.accessToken ?? "";
  };
  return {
    emulator,
    connect: (config = {}) =>
      new DynamicsWebApi({ serverUrl: url, dataApi: { version: "9.2" }, onTokenRefresh, ...config }),
  };
}

/** What a client rejects with, whatever it is: the library throws Errors, and arrays of them for a batch. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}
