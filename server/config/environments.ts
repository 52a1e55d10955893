/** Dataverse environments: where they are, who writes there, and what may be written. */
import { z } from "zod";
import type { EnvironmentSettings } from "../core/settings.ts";
import { keys, mode, name, namePattern, origin } from "./fields.ts";
import { fileFields } from "./file-fields.ts";
import { asksTenant, principalSchema } from "./principal.ts";
import type { ConfigSources } from "./sources.ts";

const publicAuthority = "https://login.microsoftonline.com";

function environmentSchema(sources: ConfigSources) {
  return keys(
    {
      url: origin("Address of the environment; http for loopback alone."),
      authority: origin("Address of the token endpoint; the public cloud's if absent.").default(publicAuthority),
      tenant_id: z
        .string()
        .regex(namePattern, "Must be the tenant's id or one of its domains.")
        .optional()
        .describe("The tenant."),
      ca_file: fileFields(sources).certificate.optional().describe("A root certificate on top of the system's, PEM."),
      principals: z
        .array(principalSchema(sources))
        .min(1, "Give at least one application user.")
        .max(100)
        .describe("Application users; each has limits of its own in Dataverse."),
      affinity: z.enum(["auto", "off"]).default("auto").describe("auto: affinity cookies lead to servers with room."),
      tables_allowed: z
        .array(z.string().regex(/^[\w*]{1,128}$/))
        .default(["*"])
        .describe("Logical names; * is any text."),
      modes_allowed: z.array(mode).default(["insert", "update", "upsert"]).describe("delete must be named."),
    },
    "A Dataverse environment.",
  ).transform((read, context) => {
    const needsTenant = read.principals.some(({ credential }) => asksTenant(credential));
    if (needsTenant && read.tenant_id === undefined) {
      context.addIssue({ code: "custom", path: ["tenant_id"], message: "Needed: the id of the environment's tenant." });
    }
    const ids = read.principals.map(({ clientId }) => clientId);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    const message = `${twice} is there twice; give each its own client_id, token files too.`;
    if (twice !== undefined) context.addIssue({ code: "custom", path: ["principals"], message });
    if (needsTenant && read.authority.startsWith("http:")) {
      context.addIssue({ code: "custom", path: ["authority"], message: "Must be https, on loopback too." });
    }
    return read;
  });
}

export function environmentsSchema(sources: ConfigSources) {
  return z
    .record(name, environmentSchema(sources))
    .describe("Environments by the name that callers use.")
    .transform((read, context): EnvironmentSettings[] => {
      const entries = Object.entries(read);
      if (entries.length === 0) context.addIssue("Give at least one environment.");
      return entries.map(([environmentName, each]) => ({
        name: environmentName,
        origin: each.url,
        authorityOrigin: each.authority,
        tenantId: each.tenant_id ?? "",
        ...(each.ca_file === undefined ? {} : { caPem: each.ca_file }),
        principals: each.principals,
        affinity: each.affinity,
        tablesAllowed: each.tables_allowed,
        modesAllowed: each.modes_allowed,
      }));
    });
}
