import { createHash, X509Certificate } from "node:crypto";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../server/core/clock.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import { Secret } from "../../../server/core/secret.ts";
import type { ClientCredential } from "../../../server/identity/client-credentials.ts";
import { clientCredentials } from "../../../server/identity/client-credentials.ts";
import type { Http, HttpRequest } from "../../../server/identity/network.ts";

const authority = "https://localhost:5443";
const tenantId = "00000000-0000-0000-0000-000000000001";

const metadata = {
  issuer: `${authority}/${tenantId}/v2.0`,
  authorization_endpoint: `${authority}/${tenantId}/oauth2/v2.0/authorize`,
  token_endpoint: `${authority}/${tenantId}/oauth2/v2.0/token`,
  jwks_uri: `${authority}/${tenantId}/discovery/v2.0/keys`,
};

const granted = { token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599, access_token: "token" };

function acquiring(status: number, body: unknown, more: { metadata?: unknown; credential?: ClientCredential } = {}) {
  const asked: HttpRequest[] = [];
  const http: Http = (request) => {
    asked.push(request);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const reply =
      request.method === "POST"
        ? { status, body: text }
        : { status: 200, body: JSON.stringify(more.metadata ?? metadata) };
    return Promise.resolve({ ...reply, headers: {} });
  };
  const acquire = clientCredentials({
    clock: systemClock,
    http,
    authorityOrigin: authority,
    tenantId,
    clientId: "00000000-0000-0000-0000-000000000002",
    credential: more.credential ?? { kind: "client_secret", secret: () => new Secret("canary") },
    resourceOrigin: "https://contoso.crm.dynamics.com",
  });
  return { acquire, asked };
}

/** Those that the token endpoint was asked with. */
function secretsOf(asked: readonly HttpRequest[]): readonly (string | null)[] {
  const posts = asked.filter(({ method }) => method === "POST");
  return posts.map(({ body }) => new URLSearchParams(body).get("client_secret"));
}

describe("clientCredentials", () => {
  it("fetches a token for the environment", async () => {
    const { acquire, asked } = acquiring(200, granted);
    const { value, lifeMs } = await acquire();
    expect(value).toBe("token");
    expect(Math.round(lifeMs / 60_000)).toBe(60);
    const form = new URLSearchParams(asked.at(-1)?.body);
    expect(form.get("scope")).toContain("https://contoso.crm.dynamics.com/.default");
    expect(form.get("client_secret")).toBe("canary");
    const headers = new Headers(asked.at(-1)?.headers);
    expect(headers.get("content-type")).toContain("application/x-www-form-urlencoded");
  });

  it("takes a token whose life is not told for one of five minutes", async () => {
    const { expires_in: _untold, ...rest } = granted;
    const { lifeMs } = await acquiring(200, rest).acquire();
    expect(lifeMs).toBe(300_000);
  });

  it("takes an answer without a token for none", async () => {
    const { access_token: _none, ...rest } = granted;
    await expect(acquiring(200, rest).acquire()).rejects.toMatchObject({
      code: "unavailable",
      remedy: expect.stringContaining("authority"),
    });
  });

  it("asks nobody but the configured authority", async () => {
    const { acquire, asked } = acquiring(200, granted);
    await acquire();
    expect(new Set(asked.map(({ url }) => new URL(url).origin))).toEqual(new Set([authority]));
  });

  it("asks again each time, since the cache is ours", async () => {
    const { acquire, asked } = acquiring(200, granted);
    await acquire();
    await acquire();
    expect(asked.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  it("signs with a certificate, named by its thumbprint", async () => {
    const made = await generate([{ name: "commonName", value: "app" }], { keySize: 2048 });
    const credential = {
      kind: "certificate",
      certificatePem: () => made.cert,
      keyPem: () => new Secret(made.private),
    } as const;
    const { acquire, asked } = acquiring(200, granted, { credential });
    await acquire();
    const assertion = new URLSearchParams(asked.at(-1)?.body).get("client_assertion") ?? "";
    const [header = ""] = assertion.split(".");
    const thumbprint = createHash("sha256").update(new X509Certificate(made.cert).raw).digest("base64url");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ "x5t#S256": thumbprint });
  });

  it("hands on the token of another issuer, without the line break at its end", async () => {
    const credential = { kind: "federated_token", assertion: () => new Secret("header.claims.signature\n") } as const;
    const { acquire, asked } = acquiring(200, granted, { credential });
    await acquire();
    const form = new URLSearchParams(asked.at(-1)?.body);
    expect([form.get("client_assertion"), form.get("client_secret")]).toEqual(["header.claims.signature", null]);
    expect(form.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  });

  it.each(["", "x", "eyJ.two", "<html>"])(
    "refuses %j, which is no token of another issuer, before asking",
    async (text) => {
      const credential = { kind: "federated_token", assertion: () => new Secret(text) } as const;
      const { acquire, asked } = acquiring(200, granted, { credential });
      await expect(acquire()).rejects.toMatchObject({
        code: "credentials_rejected",
        message: expect.stringContaining("federated_token_file"),
      });
      expect(asked).toHaveLength(0);
    },
  );

  it("tells whose token it was that the directory did not believe", async () => {
    const credential = { kind: "federated_token", assertion: () => new Secret("a.b.c") } as const;
    const body = { error: "invalid_client", error_description: "AADSTS700027: Client assertion." };
    await expect(acquiring(401, body, { credential }).acquire()).rejects.toMatchObject({
      remedy: expect.stringContaining("federated_token_file"),
    });
  });

  it("reads the secret for each token, so that a changed file is taken up", async () => {
    let secret = "old";
    const credential = { kind: "client_secret", secret: () => new Secret(secret) } as const;
    const { acquire, asked } = acquiring(200, granted, { credential });
    await acquire();
    secret = "new";
    await acquire();
    expect(secretsOf(asked)).toEqual(["old", "new"]);
  });

  it("asks once more when the file was changed while the old secret was refused", async () => {
    const secrets = ["old", "new", "new"];
    const credential = { kind: "client_secret", secret: () => new Secret(secrets.shift() ?? "new") } as const;
    const body = { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret provided." };
    const { acquire, asked } = acquiring(401, body, { credential });
    await expect(acquire()).rejects.toMatchObject({ code: "credentials_rejected" });
    expect(secretsOf(asked)).toEqual(["old", "new"]);
  });

  it("refuses a certificate that is none, before asking", async () => {
    const credential = { kind: "certificate", certificatePem: () => "x", keyPem: () => new Secret("y") } as const;
    const { acquire, asked } = acquiring(200, granted, { credential });
    await expect(acquire()).rejects.toThrow("certificate_file");
    expect(asked).toHaveLength(0);
  });

  it("names the directory's code and the remedy for a wrong secret", async () => {
    const body = { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret provided." };
    await expect(acquiring(401, body).acquire()).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringContaining("AADSTS7000215"),
      remedy: expect.stringContaining("secret's value"),
    });
  });

  it.each<[string, number, unknown]>([
    ["503", 503, ""],
    ["503 with words of a refusal", 503, { error: "invalid_client", error_description: "AADSTS7000215: canary" }],
    ["429", 429, ""],
    ["a page of HTML", 200, "<html>canary</html>"],
  ])("calls %s unavailable", async (_name, status, body) => {
    const failed = await acquiring(status, body)
      .acquire()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "unavailable" });
    expect((failed as SidecarError).line).not.toContain("canary");
  });

  it.each([
    ["tells the network's own failure", "credentials_rejected", "credentials_rejected"],
    ["calls a lost reply unavailable, for asking changes nothing", "outcome_unknown", "unavailable"],
  ] as const)("%s", async (_what, thrown, code) => {
    const acquire = clientCredentials({
      clock: systemClock,
      http: () => Promise.reject(new SidecarError(thrown, "on the wire")),
      authorityOrigin: authority,
      tenantId,
      clientId: "x",
      credential: { kind: "client_secret", secret: () => new Secret("s") },
      resourceOrigin: "https://contoso.crm.dynamics.com",
    });
    await expect(acquire()).rejects.toMatchObject({ code });
  });
});
