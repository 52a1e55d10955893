/** Functions that belong to no table: what clients ask before they trust a connection, and counts of rows. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import { tenantId } from "../identity/principals.ts";
import { metadataChanges } from "../metadata/changes.ts";
import { metadataJson } from "../metadata/item.ts";
import { totalRecordCount } from "./record-count.ts";

export const organizationId = "0a000000-0000-4000-8000-000000000001";
export const businessUnitId = "0a000000-0000-4000-8000-000000000002";

const version = "9.2.24104.00180";

type Answer = Readonly<Record<string, unknown>>;
type Call = (session: Session, parameters: ReadonlyMap<string, string>) => Answer;

/** By name; the answer without its context. */
const functions: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["WhoAmI", ({ userId }) => ({ BusinessUnitId: businessUnitId, UserId: userId, OrganizationId: organizationId })],
  ["RetrieveVersion", () => ({ Version: version })],
  ["RetrieveTotalRecordCount", totalRecordCount],
  ["RetrieveCurrentOrganization", currentOrganization],
  ["RetrieveAvailableLanguages", () => ({ LocaleIds: [1033] })],
  ["RetrieveProvisionedLanguages", () => ({ RetrieveProvisionedLanguages: [1033] })],
  ["RetrieveMetadataChanges", metadataChanges],
]);

export function isFunction(name: string): boolean {
  return functions.has(name);
}

/** The JSON of the answer. Throws the service's refusal of the parameters. */
export function callFunction(session: Session, name: string, parameters: ReadonlyMap<string, string>): string {
  const context = `${session.settings.url}${serviceRoot}$metadata#Microsoft.Dynamics.CRM.${name}Response`;
  return metadataJson({ "@odata.context": context, ...functions.get(name)?.(session, parameters) });
}

function currentOrganization({ settings: { url } }: Session): Answer {
  const endpoints = {
    WebApplication: `${url}/`,
    OrganizationService: `${url}/XRMServices/2011/Organization.svc`,
    OrganizationDataService: `${url}${serviceRoot}`,
  };
  return {
    Detail: {
      OrganizationId: organizationId,
      FriendlyName: "Emulator",
      OrganizationVersion: version,
      EnvironmentId: organizationId,
      DatacenterId: organizationId,
      Geo: "NA",
      TenantId: tenantId,
      UrlName: "emulator",
      UniqueName: "emulator",
      State: "Enabled",
      OrganizationType: "Customer",
      Endpoints: {
        Count: Object.keys(endpoints).length,
        IsReadOnly: false,
        Keys: Object.keys(endpoints),
        Values: Object.values(endpoints),
      },
    },
  };
}
