import { describe, expect, it } from "vitest";
import { createApp } from "../../server/app.ts";
import { systemClock } from "../../server/core/clock.ts";
import type { Log } from "../../server/core/log.ts";
import { Secret } from "../../server/core/secret.ts";
import type { Settings } from "../../server/core/settings.ts";

const noted: string[] = [];
const note = (event: string): void => void noted.push(event);
const log: Log = { debug: note, info: note, warn: note, error: note };
const files = { read: () => "", readSecret: () => new Secret("token"), isExposed: () => false };

function settings(more: Partial<Settings> = {}): Settings {
  return {
    listen: { host: "127.0.0.1", port: 0, callers: [] },
    environments: [
      {
        name: "crm",
        // The discard port: nothing listens there.
        origin: "http://127.0.0.1:9",
        authorityOrigin: "https://127.0.0.1:9",
        tenantId: "",
        principals: [{ clientId: "app", credential: { kind: "access_token_file", file: "token" } }],
        affinity: "auto",
        tablesAllowed: ["*"],
        modesAllowed: ["upsert"],
      },
    ],
    limits: {
      inflightBytesMax: 1 << 27,
      clientStallTimeoutMs: 1000,
      progressTimeoutMs: 1000,
      retryAfterMaxMs: 1000,
    },
    ...more,
  };
}

async function certificate(): Promise<{ cert: string; private: string }> {
  const { generate } = await import("selfsigned");
  const subject = [{ name: "commonName", value: "localhost" }];
  return await generate(subject, {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
}

describe("createApp", () => {
  it("listens with TLS for callers, and knows environments with a root, a secret or a certificate of their own", async () => {
    const { cert, private: key } = await certificate();
    const pem = { certificatePem: cert, keyPem: new Secret(key) };
    const [plain] = settings().environments;
    if (plain === undefined) return expect.unreachable();
    const secret = { clientId: "a", credential: { kind: "client_secret", secret: () => new Secret("s") } } as const;
    const signed = {
      clientId: "b",
      credential: { kind: "certificate", certificatePem: () => cert, keyPem: () => pem.keyPem },
    } as const;
    const environments = [
      { ...plain, caPem: cert, tenantId: "t", principals: [secret, signed] },
      { ...plain, name: "other" },
    ];
    const callers = [
      { name: "one", tokens: [new Secret("t".repeat(43))], environments: ["crm"], modes: ["upsert"] },
      { name: "any", tokens: [new Secret("u".repeat(43))], environments: ["*"], modes: ["upsert"] },
    ] as const;
    const listen = { host: "::1", port: 0, callers, tls: { ...pem, clientCaPem: cert } };
    const app = createApp({ settings: settings({ listen, environments }), clock: systemClock, log, files });
    expect(await app.listen()).toMatch(/^grpc\+tls:\/\/\[::1\]:\d+$/);
    expect(app.inspection.environments).toEqual(["crm", "other"]);
    await app.drain();
  });

  it("listens where it says, serves metrics, and ends", async () => {
    const app = createApp({
      settings: settings({ metrics: { host: "127.0.0.1", port: 0 } }),
      clock: systemClock,
      log,
      files,
    });
    expect(await app.listen()).toMatch(/^grpc:\/\/127\.0\.0\.1:\d+$/);
    expect(noted).toContain("listening");
    expect(app.inspection.environments).toEqual(["crm"]);
    await app.drain();
  });

  it("says that the service is not there, and what to look at", async () => {
    const app = createApp({ settings: settings(), clock: systemClock, log, files });
    await expect(app.inspection.check("crm")).rejects.toMatchObject({
      code: "overloaded",
      message: expect.stringContaining("could not be reached"),
    });
    await app.drain();
  });
});
