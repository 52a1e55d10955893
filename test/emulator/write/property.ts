/** A single property of a row, written or cleared by a request of its own. */
import type { Session } from "../environment.ts";
import type { Column } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { payloadError } from "../wire/errors.ts";
import type { Json } from "../wire/json-value.ts";
import { JsonObject, Shape } from "../wire/json-value.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, notAllowed } from "../wire/reply.ts";
import { parseBody, readPayload } from "./payload.ts";
import type { Holder } from "./reference.ts";
import { update } from "./update.ts";

/** PUT with `{"value":…}`, DELETE; of an image its bare content too. */
export function writeProperty(session: Session, call: Call, holder: Holder, column: Column): PartReply {
  const { table } = holder;
  const body = new JsonObject(new Shape([column.name]), [newValue(call, holder, column)]);
  const { assignments } = readPayload({ session, table, operation: "update" }, body);
  update(session, call.transaction, { ...holder, sent: assignments, replace: false });
  return noContent();
}

function newValue({ part }: Call, { table }: Holder, column: Column): Json {
  if (column.type === "image" && part.bytes !== undefined && part.method !== "DELETE") {
    return Buffer.from(part.bytes).toString("base64");
  }
  switch (part.method) {
    case "DELETE":
      return null;
    case "PUT": {
      const value = parseBody(table, part.body).get("value");
      if (value === undefined) {
        throw payloadError(table.setName, "Microsoft.OData.ODataException: A property named 'value' was expected.");
      }
      return value;
    }
    default:
      throw notAllowed(part.method);
  }
}
