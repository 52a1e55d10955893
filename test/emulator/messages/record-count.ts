/** RetrieveTotalRecordCount. The service tells a count of the last day; this environment tells the count of now. */
import { expireRows } from "../elastic/expiry.ts";
import type { Session } from "../environment.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { readTextList } from "./parameters.ts";

/** The members of the answer. Throws for what is no list of known tables. */
export function totalRecordCount(
  session: Session,
  parameters: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const names = readTextList(parameters.get("EntityNames") ?? "");
  if (names === undefined || names.length === 0) {
    throw new ServiceError(400, codes.argument, "RetrieveTotalRecordCount needs EntityNames, a list of logical names.");
  }
  const tables = names.map((name) => session.catalog.named(name));
  const counts = tables.map((table) => {
    expireRows(session, table, session.origin.time);
    return session.store.rows(table).size;
  });
  return { EntityRecordCountCollection: { Count: names.length, IsReadOnly: false, Keys: names, Values: counts } };
}
