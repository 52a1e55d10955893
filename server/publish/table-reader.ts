/** Reads what the service says of a table. */
import { asSidecarError, SidecarError } from "../core/errors.ts";
import { isHtml, readServiceError } from "../dataverse/answers/faults.ts";
import type { Table, TableQuery } from "../dataverse/metadata/tables.ts";
import { isNeeded, readTable, tableQueries } from "../dataverse/metadata/tables.ts";
import type { Lane } from "../schedule/lane.ts";
import type { Reply, Request, Trip } from "../transport/http.ts";

const headers = { Accept: "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0" };

/** It costs the service next to nothing, and needs no privilege. */
export const whoAmI: Request = { method: "GET", path: "WhoAmI", headers };

/** Patience is short where nothing is said of it. */
type ReadTrip = Pick<Trip, "signal" | "patience">;

/**
 * GETs a path of the environment and parses the answer.
 * @returns undefined for 404.
 * @throws SidecarError with a code for "before the first row".
 */
export async function getJson(lane: Lane, path: string, trip: ReadTrip): Promise<unknown> {
  const reply = await send(lane, path, trip);
  // A page says no more than that Dataverse is not there.
  if (reply.status === 404 && !isHtml(reply)) return undefined;
  if (reply.status === 403) {
    const { code, message } = readServiceError(reply.body);
    if (code === "" && message === "") throw refusedByWhom();
    throw new SidecarError("principal_forbidden", `Dataverse refuses this application user: ${message} (${code})`, {
      remedy: "Add the app registration as an application user of the environment and give it a security role.",
    });
  }
  if (reply.status !== 200) {
    const { code, message } = readServiceError(reply.body);
    const told = message === "" ? "" : ` It says: ${message} (${code})`;
    throw new SidecarError("overloaded", `Dataverse answered ${reply.status} to a read of its metadata.${told}`, {
      remedy: "See that `url` names a Dataverse environment, and try again in a minute.",
    });
  }
  try {
    return JSON.parse(reply.body.toString("utf8"));
  } catch (cause) {
    throw new SidecarError("overloaded", "Dataverse answered a read of its metadata with something that is not JSON.", {
      remedy: "See that `url` names a Dataverse environment, and nothing in between answers for it.",
      cause,
    });
  }
}

/** Dataverse says why; what stands in between often does not. */
function refusedByWhom(): SidecarError {
  return new SidecarError("principal_forbidden", "A read of Dataverse's metadata was refused without a reason (403).", {
    remedy:
      "See that no firewall or proxy refuses this machine, and that the app registration is an application user of the environment.",
  });
}

async function send(lane: Lane, path: string, trip: ReadTrip): Promise<Reply> {
  try {
    return await lane.send({ method: "GET", path, headers }, { patience: "short", ...trip });
  } catch (thrown) {
    const error = asSidecarError(thrown);
    if (error.code !== "deadline_passed" && error.code !== "outcome_unknown") throw error;
    const last = error.cause instanceof SidecarError ? error.cause : error;
    throw new SidecarError("overloaded", `Dataverse could not be reached: ${last.message}`, {
      remedy: error.remedy === "" ? "See that `url` is right and the service is up, then try again." : error.remedy,
      cause: error.cause,
    });
  }
}

/**
 * The table as its metadata tells it.
 * @param wanted see `isNeeded`.
 * @throws SidecarError `unknown_table`, or as `getJson`.
 */
export async function readTableOf(
  lane: Lane,
  logicalName: string,
  { wanted, ...trip }: ReadTrip & { readonly wanted?: ReadonlySet<string> | undefined },
): Promise<Table> {
  const read = async ({ part, path, optional = false }: TableQuery): Promise<[string, unknown]> => {
    const reading = getJson(lane, path, trip);
    return [part, await (optional ? reading.catch(absentIfForbidden) : reading)];
  };
  const [base, ...details] = tableQueries(logicalName);
  const first = base === undefined ? undefined : await read(base);
  if (first?.[1] === undefined) {
    throw new SidecarError("unknown_table", `The environment has no table '${logicalName}'.`, {
      remedy:
        "Give its logical name (lower case, singular, with the publisher's prefix), and see that the application user may read it.",
    });
  }
  const rest = await Promise.all(details.filter((query) => isNeeded(query, first[1], wanted)).map(read));
  return readTable(new Map([first, ...rest].filter(([, answer]) => answer !== undefined)));
}

/** A role may hide what is only checked before sending; whatever else went wrong would be silent here. */
function absentIfForbidden(thrown: unknown): undefined {
  if (thrown instanceof SidecarError && thrown.code === "principal_forbidden") return undefined;
  throw thrown;
}
