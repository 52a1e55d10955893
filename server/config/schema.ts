/** The whole config: what stands in it, and the settings that come of it. */
import { z } from "zod";
import type { Settings } from "../core/settings.ts";
import { inflightBytesFor } from "../core/settings.ts";
import { environmentsSchema } from "./environments.ts";
import { keys } from "./fields.ts";
import { limits } from "./limits.ts";
import { listenSchema } from "./listen.ts";
import { metrics } from "./metrics.ts";
import type { ConfigSources } from "./sources.ts";

/** `tls` and `callers` may also stand beside `listen`, where some look for them. */
function gatherListen(read: unknown): unknown {
  if (typeof read !== "object" || read === null || Array.isArray(read)) return read;
  const { listen, tls, callers, ...rest } = read as Record<string, unknown>;
  const beside = { ...(tls === undefined ? {} : { tls }), ...(callers === undefined ? {} : { callers }) };
  if (Object.keys(beside).length === 0 || (listen !== undefined && typeof listen !== "object")) return read;
  return { ...rest, listen: { ...beside, ...listen } };
}

export function schemaOf(sources: ConfigSources) {
  const whole = keys(
    {
      listen: listenSchema(sources).prefault({}),
      environments: environmentsSchema(sources),
      limits: limits.prefault({}),
      metrics: metrics.optional(),
    },
    "The config of dataverse-flight.",
  ).transform(({ metrics: served, limits: bounds, ...rest }): Settings => {
    const principals = rest.environments.reduce((sum, each) => sum + each.principals.length, 0);
    const { inflightBytesMax = inflightBytesFor(principals) } = bounds;
    const settings = { ...rest, limits: { ...bounds, inflightBytesMax } };
    return served === undefined ? settings : { ...settings, metrics: served };
  });
  return z.preprocess(gatherListen, whole);
}
