/** What an error carries besides code and text, for a request that asks for annotations. */
import type { ServiceError } from "./errors.ts";
import { preferences } from "./http.ts";

const root = "@Microsoft.PowerApps.CDS.";

/** `prefer`: that header of the request. */
export function annotationsOf(error: ServiceError, prefer: string | undefined): Readonly<Record<string, unknown>> {
  if (prefer === undefined) {
    return {};
  }
  const wanted = preferences(prefer).get("odata.include-annotations");
  if (wanted === undefined) {
    return {};
  }
  const all = {
    ...named(error.details()),
    ...named({ OperationStatus: "0", SubErrorCode: "0" }),
    [`${root}HelpLink`]: `http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a${error.code.slice(2)}&client=platform`,
    [`${root}TraceText`]: "",
    [`${root}InnerError.Message`]: error.message,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name.slice(1), wanted)));
}

function named(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [`${root}ErrorDetails.${name}`, value]));
}

/** `*`, a name, or a namespace with `.*`, separated by commas. */
function isWanted(name: string, wanted: string): boolean {
  return wanted.split(",").some((pattern) => {
    const text = pattern.trim();
    return text === "*" || text === name || (text.endsWith(".*") && name.startsWith(text.slice(0, -1)));
  });
}
