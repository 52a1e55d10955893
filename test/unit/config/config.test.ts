import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configJsonSchema } from "../../../server/config/config.ts";
import { configOf, faultsOf, id, other, settingsOf, sources, tenant } from "./samples.ts";

describe("readConfig", () => {
  it("reads YAML as an operator writes it", () => {
    const text = `
listen: {host: 127.0.0.1, port: 0}
environments:
  demo:
    url: https://localhost:5443   # the emulator
    authority: https://localhost:5443
    tenant_id: ${tenant}
    ca_file: ca.pem
    principals:
      - {client_id: ${id}, client_secret_file: secrets/a}
metrics: {port: 0}
`;
    expect(settingsOf(text)).toMatchObject({
      environments: [{ origin: "https://localhost:5443", caPem: other.cert }],
      metrics: { host: "127.0.0.1", port: 0 },
    });
  });

  it("never shows a secret when the settings are printed", () => {
    expect(JSON.stringify(settingsOf(configOf()))).not.toContain("canary");
  });
});

describe("a config that is refused", () => {
  it.each<[string, string, RegExp]>([
    ["text that is no YAML", "environments:\n  a: [", /^: Not YAML, line 2: /],
    ["a tab", "environments:\n  demo:\n\turl: a\n\tauthority: b\n", /^: Not YAML, line 3: Tabs are not allowed/],
    ["nothing", "", /^environments: /],
    ["an empty file", "", /^environments: Missing: give it a mapping/],
    ["aliases", "a: &a [1]\nb: *a", /aliases/],
    ["a huge text", "x".repeat(1024 * 1024 + 1), /larger than 1 MiB/],
  ])("for %s says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });

  it("is told where it is no YAML, and not of what follows from that", () => {
    expect(faultsOf("environments:\n  demo:\n\turl: a\n\tauthority: b\n\tprincipals:\n")).toHaveLength(1);
  });

  it("is told all its faults at once", () => {
    const text = configOf({
      top: { listen: { port: -1 }, limits: { retry_after_max: 5 }, metrics: { port: "x" } },
      environment: { url: "contoso", principals: [{ client_id: 5, client_secret_file: "no" }] },
    });
    const keys = faultsOf(text).map((fault) => fault.split(": ")[0]);
    expect(new Set(keys)).toEqual(
      new Set([
        "environments.demo.principals.0.client_id",
        "environments.demo.principals.0.client_secret_file",
        "environments.demo.url",
        "limits",
        "listen.port",
        "metrics.port",
      ]),
    );
  });

  it("shows no secret in its faults", () => {
    const principal = { client_id: id, client_secret: "canary-inline", client_secret_file: "secrets/a", key_file: 5 };
    expect(faultsOf(configOf({ principal })).join()).not.toContain("canary");
  });
});

describe("configJsonSchema", () => {
  it("describes every key", () => {
    expect(undescribed(configJsonSchema(sources) as JsonSchema, "")).toEqual([]);
  });

  it("has no key that the README is silent about", () => {
    const [, section = ""] = readFileSync("README.md", "utf8").split("\n## Configuration\n");
    const [told = ""] = section.split("\n## ");
    const keys = keysOf(configJsonSchema(sources) as JsonSchema);
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(told))).toEqual([]);
  });
});

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

function undescribed(schema: JsonSchema, path: string): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => [
    ...(child.description === undefined ? [`${path}${key}`] : []),
    ...undescribed(child, `${path}${key}.`),
  ]);
  const inner = [schema.additionalProperties, schema.items].filter((child) => typeof child === "object");
  return [...own, ...inner.flatMap((child) => undescribed(child, `${path}*.`))];
}

/** Of every depth. */
function keysOf(schema: JsonSchema): string[] {
  const known = Object.entries(schema.properties ?? {});
  const children = [schema.additionalProperties, schema.items, ...known.map(([, child]) => child)];
  const inner = children.filter((child) => typeof child === "object");
  return [...known.map(([key]) => key), ...inner.flatMap(keysOf)];
}
