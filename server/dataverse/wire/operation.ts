/** Reads an operation of ours back from its bytes, so that nothing else need be kept of a row while it is on its way. */
import { SidecarError } from "../../core/errors.ts";
import { partHeader, servicePath } from "./part.ts";

/** Every part begins with its boundary line. */
const hyphen = 0x2d;

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Operation {
  /** POST for the target of a bulk message. */
  readonly method: string;
  /** Relative to the host, encoded; empty for a target that its body alone names. */
  readonly url: string;
  /** Numbers are their exact texts. Empty for an operation without a body. */
  readonly body: JsonObject;
}

/**
 * @throws SidecarError `internal` when the bytes are not a part that we wrote.
 */
export function readOperation(part: Uint8Array): Operation {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  return part[0] === hyphen ? readPart(bytes) : readTarget(bytes);
}

function readPart(bytes: Buffer): Operation {
  const headersEnd = bytes.indexOf("\r\n\r\n", partHeader.length);
  const [requestLine = ""] = bytes.toString("latin1", partHeader.length, Math.max(0, headersEnd)).split("\r\n", 1);
  const [, method = "", url = ""] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(requestLine) ?? [];
  const text = bytes.toString("utf8", headersEnd + 4).trim();
  const body = text === "" ? {} : parseObject(text);
  if (!bytes.subarray(0, partHeader.length).equals(partHeader) || method === "" || body === undefined) {
    throw unreadable();
  }
  return { method, url, body };
}

/** The comma or bracket before the target is the array's. */
function readTarget(bytes: Buffer): Operation {
  const target = parseObject(bytes.toString("utf8", 1));
  if (target === undefined) throw unreadable();
  const { "@odata.type": _type, "@odata.id": address, ...body } = target;
  return { method: "POST", url: typeof address === "string" ? servicePath + address : "", body };
}

function unreadable(): SidecarError {
  return new SidecarError("internal", "An operation of our own cannot be read back.", {
    remedy: "This is a defect: please report it with the server's log.",
  });
}

/** A JSON object whose numbers are their exact texts: a JavaScript number would round decimals and 64-bit integers. Never throws. */
export function parseObject(text: string): JsonObject | undefined {
  const exactNumber = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === "number" ? (context?.source ?? String(value)) : value;
  try {
    return asObject(JSON.parse(text, exactNumber));
  } catch {
    return undefined;
  }
}

/** As `parseObject`, where no number matters: a call for each value makes of a microsecond ten. Never throws. */
export function parsePlain(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The key predicate that closes a URL, `accounts(<this>)`; undefined when the URL names a set. */
export function keyPredicate(url: string): string | undefined {
  return /^[^(]*\((.*)\)$/.exec(url)?.[1];
}

/** The GUID by which an operation names its row; of an elastic row the part beside its partition. Undefined: a key names it. */
export function idNamed({ url, body }: Pick<Operation, "url" | "body">, primaryId: string): string | undefined {
  const predicate = keyPredicate(url) ?? "";
  const named = predicate.split(",").find((part) => part.startsWith(`${primaryId}=`));
  return asGuid(named?.slice(primaryId.length + 1) ?? predicate) ?? asGuid(body[primaryId]);
}

const guidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A GUID in lower case; undefined for anything else. */
export function asGuid(value: unknown): string | undefined {
  const text = typeof value === "string" ? value.toLowerCase() : "";
  return guidPattern.test(text) ? text : undefined;
}
