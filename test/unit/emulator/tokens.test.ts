import { generateKeyPairSync, sign } from "node:crypto";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { federation } from "../../emulator/identity/assertion.ts";
import type { WebReply } from "../../emulator/wire/http.ts";
import { ask, emulatorWith, VirtualClock } from "./support.ts";

type Form = Readonly<Record<string, string>>;

function askToken(emulator: Emulator, changes: Form = {}, tenant = emulator.tenantId): Promise<WebReply> {
  const [principal] = emulator.principals;
  const form = {
    grant_type: "client_credentials",
    client_id: principal?.clientId ?? "",
    client_secret: principal?.clientSecret ?? "",
    scope: "https://localhost/.default",
    ...changes,
  };
  return ask(emulator, `POST /${tenant}/oauth2/v2.0/token`, new URLSearchParams(form).toString());
}

function tokenOf(reply: WebReply): string {
  return (JSON.parse(reply.body) as { access_token: string }).access_token;
}

function whoAmI(emulator: Emulator, token: string): Promise<WebReply> {
  return ask(emulator, "GET WhoAmI", "", { authorization: `Bearer ${token}` });
}

describe("a secret that is changed", () => {
  it("is the only one that is taken from then on, while tokens that were given live on", async () => {
    const emulator = emulatorWith({ auth: true });
    const token = tokenOf(await askToken(emulator));
    const change = { client_id: emulator.principals[0]?.clientId, client_secret: "new" };
    expect((await ask(emulator, "POST /__emulator__/secret", change)).status).toBe(200);
    expect((await askToken(emulator)).status).toBe(401);
    expect((await askToken(emulator, { client_secret: "new" })).status).toBe(200);
    expect((await whoAmI(emulator, token)).status).toBe(200);
  });

  it.each([
    [{ client_secret: "" }, 400],
    [{ client_id: "nobody", client_secret: "new" }, 404],
  ])("is refused: %j", async (change, status) => {
    expect((await ask(emulatorWith({ auth: true }), "POST /__emulator__/secret", change)).status).toBe(status);
  });
});

describe("the token endpoint", () => {
  it("gives a token for a secret, good until it expires", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ auth: true, clock, tokenSeconds: 60 });
    const reply = await askToken(emulator);
    expect(JSON.parse(reply.body)).toMatchObject({ token_type: "Bearer", expires_in: 60 });
    expect((await whoAmI(emulator, tokenOf(reply))).status).toBe(200);
    await clock.advance(60_000);
    expect((await whoAmI(emulator, tokenOf(reply))).status).toBe(401);
  });

  it.each([
    ["a wrong secret", { client_secret: "wrong" }, 401, "invalid_client", 7_000_215],
    ["an unknown client", { client_id: "nobody" }, 400, "unauthorized_client", 700_016],
    ["another grant", { grant_type: "password" }, 400, "unsupported_grant_type", 70_003],
    ["another resource", { scope: "https://elsewhere/.default" }, 400, "invalid_resource", 500_011],
    [
      "a scope that is not .default",
      { scope: "https://localhost/user_impersonation" },
      400,
      "invalid_resource",
      500_011,
    ],
  ])("refuses %s", async (...[, changes, status, error, number]) => {
    const reply = await askToken(emulatorWith({ auth: true }), changes);
    expect(reply.status).toBe(status);
    const body = JSON.parse(reply.body) as { error_description: string };
    expect(body).toMatchObject({ error, error_codes: [number] });
    expect(body.error_description).toContain(`AADSTS${number}: `);
  });

  it("refuses an unknown tenant", async () => {
    expect((await askToken(emulatorWith({ auth: true }), {}, "elsewhere")).body).toContain("AADSTS90002");
  });

  it("is found by its discovery document", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, `GET /${emulator.tenantId}/v2.0/.well-known/openid-configuration`);
    expect(JSON.parse(reply.body)).toMatchObject({
      token_endpoint: `https://localhost/${emulator.tenantId}/oauth2/v2.0/token`,
    });
  });
});

describe("a client assertion", () => {
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  let certificate = "";
  beforeAll(async () => {
    const made = await generate([{ name: "commonName", value: "app" }], { keyPair: keys, algorithm: "sha256" });
    certificate = made.cert;
  });

  function assertion(changes: Readonly<Record<string, unknown>>, spoil = false): Promise<WebReply> {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ auth: true, clock, certificates: [certificate], issuers: [certificate] });
    const client = emulator.principals[0]?.clientId;
    const audience = `https://localhost/${emulator.tenantId}/oauth2/v2.0/token`;
    const claims = { aud: audience, iss: client, sub: client, exp: clock.now() / 1000 + 60, ...changes };
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(spoil ? `${text}x` : text), keys.privateKey).toString("base64url");
    return askToken(emulator, { client_assertion: `${text}.${signature}`, client_secret: "" });
  }

  const foreign = { aud: "api://AzureADTokenExchange", iss: federation.issuer, sub: federation.subject };

  it("by the registered certificate gets a token", async () => {
    expect((await assertion({})).status).toBe(200);
  });

  it.each([
    ["for another audience", { aud: "https://elsewhere" }],
    ["by another client", { iss: "nobody" }],
    ["that has expired", { exp: 1 }],
  ])("%s is refused", async (_what, changes) => {
    expect((await assertion(changes)).body).toContain("AADSTS700027");
  });

  it("of an issuer that the principal trusts gets a token", async () => {
    expect((await assertion(foreign)).status).toBe(200);
  });

  it.each([
    ["another issuer", { iss: "https://elsewhere" }, 700_211],
    ["another subject", { sub: "system:serviceaccount:load:other" }, 700_213],
    ["another time", { exp: 1 }, 700_024],
  ])("of %s is refused", async (_what, changes, number) => {
    expect((await assertion({ ...foreign, ...changes })).body).toContain(`AADSTS${number}: `);
  });

  it("of a trusted issuer that did not sign it is refused", async () => {
    expect((await assertion(foreign, true)).body).toContain("AADSTS700027: ");
  });

  it("with a signature of something else is refused", async () => {
    expect((await assertion({}, true)).status).toBe(401);
  });
});

describe("without a good token", () => {
  it("the Web API answers 401 and says where to get one", async () => {
    const emulator = emulatorWith({ auth: true });
    const reply = await whoAmI(emulator, "made-up");
    expect(reply.status).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe(
      `Bearer authorization_uri=https://localhost/${emulator.tenantId}/oauth2/authorize, resource_id=https://localhost/`,
    );
  });

  it("the side door gives one for tests", async () => {
    const emulator = emulatorWith({ auth: true, principals: 2 });
    const second = emulator.principals[1]?.clientId;
    const reply = await ask(emulator, "POST /__emulator__/token", { client_id: second, seconds: 5 });
    expect(JSON.parse(reply.body)).toMatchObject({ client_id: second });
    expect((await whoAmI(emulator, tokenOf(reply))).status).toBe(200);
  });
});
