/** A fault script is refused with a sentence that names the fault, the field and what is known, so that a typo is no quiet nothing. */
import type { EffectName, Fault } from "./script.ts";
import { certificateKinds, damages, wrongIds } from "./script.ts";
import { namedErrors } from "./words.ts";

export class FaultScriptError extends Error {}

/** A day: nothing in a test lasts longer. */
const msMax = 86_400_000;

interface Check {
  readonly wanted: string;
  readonly holds: (value: unknown) => boolean;
}

const natural: Check = {
  wanted: "a whole number from 0",
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};
const positive: Check = {
  wanted: "a whole number from 1",
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
};
const milliseconds: Check = {
  wanted: `milliseconds up to ${msMax}`,
  holds: (value) => natural.holds(value) && Number(value) <= msMax,
};
const text: Check = { wanted: "a text", holds: (value) => typeof value === "string" };
const yesNo: Check = { wanted: "true or false", holds: (value) => typeof value === "boolean" };

function oneOf(values: readonly string[]): Check {
  return {
    wanted: `one of ${values.join(", ")}`,
    holds: (value) => typeof value === "string" && values.includes(value),
  };
}

function record(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const headerValue = (value: unknown): boolean =>
  typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string"));
const retryForm = (value: unknown): boolean =>
  typeof value === "number" || typeof value === "string" || (record(value) && typeof value["date_in_s"] === "number");

const operationFields: Readonly<Record<string, Check>> = { operation: text, table: text, contains: text };

const matchFields: Readonly<Record<string, Check>> = {
  nth: positive,
  count: positive,
  path: text,
  method: text,
  batch: yesNo,
  on: oneOf(["api", "token"]),
  principal: text,
  ...operationFields,
  from_ms: milliseconds,
  until_ms: milliseconds,
};

const refusal: Readonly<Record<string, Check>> = {
  status: {
    wanted: "a status from 200 to 599",
    holds: (value) => natural.holds(value) && Number(value) >= 200 && Number(value) <= 599,
  },
  error: oneOf(Object.keys(namedErrors)),
  code: text,
  message: text,
  retry_after: {
    wanted: 'a number, a text, {"date_in_s": number} or a list of these',
    holds: (value) => retryForm(value) || (Array.isArray(value) && value.length > 0 && value.every(retryForm)),
  },
};

interface Shape {
  /** `a|b`: one of both. */
  readonly required?: readonly string[];
  readonly fields?: Readonly<Record<string, Check>>;
}

const shapes: Readonly<Record<EffectName, Shape>> = {
  reset_before: {},
  lose_reply: { fields: { applied: natural } },
  outage: { required: ["ms"], fields: { ms: milliseconds } },
  status: {
    required: ["status|error"],
    fields: { ...refusal, body: oneOf(["json", "html", "empty", "envelope"]), text, content_type: text },
  },
  part_status: {
    required: ["parts|where", "status|error"],
    fields: {
      ...refusal,
      parts: {
        wanted: "a list of whole numbers from 0",
        holds: (value) => Array.isArray(value) && value.every(natural.holds),
      },
      where: { wanted: "an object", holds: record },
    },
  },
  fail_change_set: { required: ["status|error"], fields: { ...refusal, set: natural, at: natural } },
  redirect: { fields: { status: oneOfNumbers([301, 302, 303, 307, 308]), location: text } },
  error_inside: { fields: { ...refusal, applied: yesNo } },
  no_content: {},
  wrong_ids: { required: ["how"], fields: { how: oneOf(wrongIds) } },
  headers: {
    required: ["headers"],
    fields: {
      headers: {
        wanted: "an object of texts, lists of texts and nulls",
        holds: (value) =>
          record(value) && Object.values(value).every((header) => header === null || headerValue(header)),
      },
    },
  },
  truncate_reply: { required: ["bytes"], fields: { bytes: natural, how: oneOf(["connection", "length"]) } },
  stale_connection: {},
  malformed_multipart: { required: ["how"], fields: { how: oneOf(damages), part: natural } },
  slow: { required: ["ms"], fields: { ms: milliseconds, when: oneOf(["before", "after"]) } },
  slow_body: { required: ["bytes_per_s"], fields: { bytes_per_s: positive } },
  endless_body: {},
  endless_headers: {},
  gzip: {},
  gzip_bomb: { required: ["bytes"], fields: { bytes: positive } },
  revoke_tokens: {},
  token_life: { required: ["seconds"], fields: { seconds: natural, claimed: natural } },
  certificate: { required: ["certificate"], fields: { certificate: oneOf(certificateKinds), ms: milliseconds } },
};

function oneOfNumbers(values: readonly number[]): Check {
  return { wanted: `one of ${values.join(", ")}`, holds: (value) => values.some((known) => known === value) };
}

/** Throws a FaultScriptError. `setOf` throws for a table that does not exist. */
export function checkFault(item: unknown, index: number): Fault {
  const where = `Fault ${index}`;
  if (!record(item)) {
    throw new FaultScriptError(`${where} must be an object.`);
  }
  const effect = item["effect"];
  if (typeof effect !== "string" || !Object.hasOwn(shapes, effect)) {
    throw new FaultScriptError(`${where} has no known effect; known: ${Object.keys(shapes).join(", ")}.`);
  }
  const { required = [], fields = {} } = shapes[effect as EffectName];
  const known = { match: { wanted: "an object", holds: record }, effect: text, rate, ...fields };
  checkFields(item, known, where);
  checkFields(item["match"] ?? {}, matchFields, `${where}.match`);
  checkFields(item["where"] ?? {}, operationFields, `${where}.where`);
  const missing = required.find((names) => names.split("|").every((name) => item[name] === undefined));
  if (missing !== undefined) {
    throw new FaultScriptError(`${where} lacks ${missing.replace("|", " or ")}.`);
  }
  return item as unknown as Fault;
}

const rate: Check = {
  wanted: "a number above 0, up to 1",
  holds: (value) => typeof value === "number" && value > 0 && value <= 1,
};

function checkFields(given: object, known: Readonly<Record<string, Check>>, where: string): void {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      throw new FaultScriptError(`${where} has the unknown field ${name}; known: ${Object.keys(known).join(", ")}.`);
    }
    if (!check.holds(value)) {
      throw new FaultScriptError(`${where}.${name} has a value that it cannot have. It must be ${check.wanted}.`);
    }
  }
}
