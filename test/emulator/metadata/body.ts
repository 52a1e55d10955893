/** A JSON body of the metadata API, read property by property; what is of the wrong type gets the service's 400. */
import { payloadError } from "../wire/errors.ts";
import { parseJson } from "../wire/json.ts";
import type { Json, JsonObject } from "../wire/json-value.ts";
import { isObject, NumberText } from "../wire/json-value.ts";

export class Body {
  /** Type that the body is read as, for messages. */
  readonly type: string;
  private readonly members: JsonObject;

  constructor(members: JsonObject, type: string) {
    this.members = members;
    this.type = type;
  }

  names(): readonly string[] {
    return [...this.members.keys()];
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  /** `StringAttributeMetadata`, of `#Microsoft.Dynamics.CRM.StringAttributeMetadata` or of its complex type in an action. */
  get declaredType(): string | undefined {
    return this.text("@odata.type")?.replace(/^#?Microsoft\.Dynamics\.CRM\.(?:Complex)?/, "");
  }

  text(name: string): string | undefined {
    const value = this.members.get(name);
    if (value === undefined || value === null) {
      return undefined;
    }
    return typeof value === "string" ? value : this.refuse(name, value, "Edm.String");
  }

  flag(name: string): boolean | undefined {
    const value = this.members.get(name);
    if (value === undefined || value === null) {
      return undefined;
    }
    return typeof value === "boolean" ? value : this.refuse(name, value, "Edm.Boolean");
  }

  /** A number as it was written. */
  digits(name: string): string | undefined {
    const value = this.members.get(name);
    if (value === undefined || value === null) {
      return undefined;
    }
    return value instanceof NumberText ? value.text : this.refuse(name, value, "Edm.Decimal");
  }

  whole(name: string): number | undefined {
    const digits = this.digits(name);
    if (digits === undefined) {
      return undefined;
    }
    const value = Number(digits);
    return Number.isInteger(value) ? value : this.refuse(name, new NumberText(digits), "Edm.Int32");
  }

  object(name: string): Body | undefined {
    const value = this.members.get(name);
    if (value === undefined || value === null) {
      return undefined;
    }
    return isObject(value) ? new Body(value, this.type) : this.refuse(name, value, "an object");
  }

  list(name: string): readonly Body[] {
    return this.items(name).map((item) =>
      isObject(item) ? new Body(item, this.type) : this.refuse(name, item, "an object"),
    );
  }

  texts(name: string): readonly string[] {
    return this.items(name).map((item) => (typeof item === "string" ? item : this.refuse(name, item, "Edm.String")));
  }

  /** The `Value` of a complex property such as `RequiredLevel`. */
  valueOf(name: string): string | undefined {
    return this.object(name)?.text("Value");
  }

  /** The words of a Label: in the organization's language, and in others. */
  label(name: string): Words | undefined {
    const labels = this.object(name)?.list("LocalizedLabels") ?? [];
    const words = labels.map((one) => [one.whole("LanguageCode") ?? 1033, one.text("Label") ?? ""] as const);
    const own = words.find(([language]) => language === 1033) ?? words[0];
    return own === undefined
      ? undefined
      : {
          text: own[1],
          others: Object.fromEntries(words.filter((one) => one !== own).map(([code, text]) => [code, text])),
        };
  }

  private items(name: string): readonly Json[] {
    const value = this.members.get(name);
    if (value === undefined || value === null) {
      return [];
    }
    return Array.isArray(value) ? (value as readonly Json[]) : this.refuse(name, value, "a collection");
  }

  private refuse(name: string, value: Json, edm: string): never {
    const literal = value instanceof NumberText ? value.text : typeof value === "object" ? name : String(value);
    throw payloadError(
      this.type,
      `Microsoft.OData.ODataException: Cannot convert the literal '${literal}' to the expected type '${edm}'.`,
    );
  }
}

export interface Words {
  readonly text: string;
  readonly others: Readonly<Record<string, string>>;
}

/** Throws the service's 400 for a text that is no JSON object. */
export function readBody(text: string, type: string): Body {
  let json: Json;
  try {
    json = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw payloadError(type, `Newtonsoft.Json.JsonReaderException: ${error.message}`);
    }
    throw error;
  }
  if (!isObject(json)) {
    throw payloadError(type, "Microsoft.OData.ODataException: A JSON object was expected.");
  }
  return new Body(json, type);
}

/** Throws the service's 400 for a property that the type does not have. */
export function refuseUnknown(body: Body, known: ReadonlySet<string>): void {
  const unknown = body.names().find((name) => !name.includes("@") && !known.has(name));
  if (unknown !== undefined) {
    throw payloadError(
      body.type,
      `Microsoft.OData.ODataException: The property '${unknown}' does not exist on type 'Microsoft.Dynamics.CRM.${body.type}'. Make sure to only use property names that are defined by the type.`,
    );
  }
}
