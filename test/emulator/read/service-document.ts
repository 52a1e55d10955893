/** GET of the service root: which entity sets there are. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import type { Call } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed, ok } from "../wire/reply.ts";

export function serviceDocument(session: Session, { part }: Call): PartReply {
  if (part.method !== "GET") {
    throw notAllowed(part.method);
  }
  const sets = session.catalog.tables.map(({ setName }) => setName).sort();
  return ok(
    JSON.stringify({
      "@odata.context": `${session.settings.url}${serviceRoot}$metadata`,
      value: sets.map((name) => ({ name, kind: "EntitySet", url: name })),
    }),
  );
}
