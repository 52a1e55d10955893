/** The functions that clients call before they trust a connection. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";

export const organizationId = "0a000000-0000-4000-8000-000000000001";
export const businessUnitId = "0a000000-0000-4000-8000-000000000002";

/** The JSON of the answer, undefined if the path calls no function. */
export function callFunction(session: Session, path: string): string | undefined {
  const name = path.replace(/\(\)$/, "");
  const context = (type: string): string =>
    `${session.settings.url}${serviceRoot}$metadata#Microsoft.Dynamics.CRM.${type}`;
  switch (name) {
    case "WhoAmI":
      return JSON.stringify({
        "@odata.context": context("WhoAmIResponse"),
        BusinessUnitId: businessUnitId,
        UserId: session.userId,
        OrganizationId: organizationId,
      });
    case "RetrieveVersion":
      return JSON.stringify({ "@odata.context": context("RetrieveVersionResponse"), Version: "9.2.24104.00180" });
    default:
      return undefined;
  }
}
