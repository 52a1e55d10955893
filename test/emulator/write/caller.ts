/** Headers that say in whose name, and by which rules, an operation acts. Those that change nothing here are taken as they come. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import { canonicalGuid } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import type { Part } from "../wire/call.ts";
import { codes, ServiceError } from "../wire/errors.ts";

/** The session as this operation's headers want it. Throws for a user that is none. */
export function withWishes(session: Session, { headers }: Pick<Part, "headers">): Session {
  const userId = impersonated(session, headers);
  const detect = headers["mscrm.suppressduplicatedetection"]?.toLowerCase() === "false";
  const bypass = bypassesPlugins(headers);
  if (userId === undefined && !detect && !bypass) {
    return session;
  }
  return {
    ...session,
    ...(userId === undefined ? {} : { userId, callerId: session.callerId ?? session.userId }),
    ...(detect ? { detectDuplicates: true } : {}),
    ...(bypass ? { bypassPlugins: true } : {}),
  };
}

function impersonated(session: Session, headers: Part["headers"]): string | undefined {
  const [byObject, byUser] = [headers["callerobjectid"], headers["mscrmcallerid"]];
  if (byObject === undefined && byUser === undefined) {
    return undefined;
  }
  const text = byObject ?? byUser ?? "";
  const id = canonicalGuid(text.trim().replace(/^\{(.*)\}$/, "$1"));
  if (id === undefined) {
    throw new ServiceError(400, codes.argument, `'${text}' is not the id of a user.`);
  }
  const users = session.catalog.named("systemuser");
  const user = byObject === undefined ? session.store.rows(users).get(id) : byObjectId(session, users, id);
  if (user === undefined) {
    throw new ServiceError(403, codes.notMember, "The user is not a member of the organization.");
  }
  const disabled = users.byName.get("isdisabled");
  if (disabled !== undefined && stored(user, disabled) === true) {
    throw new ServiceError(
      403,
      codes.userDisabled,
      "The specified user is either disabled or is not a member of any business unit.",
    );
  }
  return user.id;
}

/** By the id that the user has in the directory. */
function byObjectId(session: Session, users: Table, id: string): Row | undefined {
  const column = users.byName.get("azureactivedirectoryobjectid");
  if (column === undefined) {
    return undefined;
  }
  for (const user of session.store.rows(users).all()) {
    if (stored(user, column) === id) {
      return user;
    }
  }
  return undefined;
}

/** Only synchronous plug-ins can refuse a row. Throws for a wish that is none. */
function bypassesPlugins(headers: Part["headers"]): boolean {
  checkSteps(headers["mscrm.bypassbusinesslogicexecutionstepids"]);
  const wish = headers["mscrm.bypassbusinesslogicexecution"];
  if (wish === undefined) {
    return headers["mscrm.bypasscustompluginexecution"]?.toLowerCase() === "true";
  }
  const kinds = wish.split(",").map((kind) => kind.trim().toLowerCase());
  if (!kinds.every((kind) => kind === "customsync" || kind === "customasync")) {
    throw new ServiceError(400, codes.argument, `'${wish}' is no value of BypassBusinessLogicExecution.`);
  }
  return kinds.includes("customsync");
}

/** As many as an organization allows unless it is told otherwise. */
const stepsMax = 3;

function checkSteps(steps: string | undefined): void {
  const ids = steps?.split(",").map((id) => id.trim()) ?? [];
  if (ids.length > stepsMax || ids.some((id) => canonicalGuid(id) === undefined)) {
    throw new ServiceError(
      400,
      codes.argument,
      `BypassBusinessLogicExecutionStepIds takes up to ${stepsMax} ids of steps.`,
    );
  }
}
