/** What the fields of a config are made of. */
import { z } from "zod";
import { isLoopback } from "../core/settings.ts";

/** Of environments, tenants and callers: what may stand in a URL, a log line and a label of a metric. */
export const namePattern = /^[\w.-]{1,64}$/;

/** An object whose unknown keys are refused by name, next to those there are. */
export function keys<Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) {
  const error = (issue: z.core.$ZodRawIssue): string | undefined =>
    issue.code === "unrecognized_keys"
      ? `Unknown: ${issue.keys.join(", ")}. Known here: ${Object.keys(shape).join(", ")}.`
      : undefined;
  return z.strictObject(shape, { error }).describe(description);
}

export function whole(least: number, most: number, description: string) {
  return z.int().min(least).max(most).describe(description);
}

export const port = (description: string) => whole(0, 65_535, description);
export const mode = z.enum(["insert", "update", "upsert", "delete"]);

export const name = z.string().regex(namePattern, "Give it 1-64 letters, digits, dots, hyphens or underscores.");

export function origin(description: string) {
  return z
    .string()
    .transform((text, context) => {
      const url = URL.parse(text);
      if (url === null || !["https:", "http:"].includes(url.protocol) || url.username !== "" || url.pathname !== "/") {
        context.addIssue("Must be an address such as https://contoso.crm.dynamics.com, without a path or user name.");
        return z.NEVER;
      }
      if (url.protocol === "http:" && !isLoopback(url.hostname)) {
        context.addIssue("Must be https: tokens would travel in the clear. http is for loopback addresses alone.");
        return z.NEVER;
      }
      return url.origin;
    })
    .describe(description);
}
