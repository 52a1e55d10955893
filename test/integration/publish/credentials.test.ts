/** Every way to sign in and to be called, with real certificates; and what was planted as a secret or a value is in no log line. */
import { randomBytes, sign } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { federation } from "../../emulator/identity/assertion.ts";
import { makeCertificate } from "../../emulator/wire/certificate.ts";
import { EmulatorProcess } from "../../support/emulator-process.ts";
import type { Publishing, Report } from "../../support/flight-clients.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

let stack: Stack;
let clientCertificate: { readonly cert: string; readonly private: string };
beforeAll(async () => {
  clientCertificate = await generate([{ name: "commonName", value: "app" }], { keySize: 2048, algorithm: "sha256" });
  stack = await Stack.withoutSidecar();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const canary = "CANARY-VALUE-7f3a";

/** A run of its own each time, for which the table is read anew. */
let runs = 0;

/** Two rows: one that arrives and one that fails. */
const rows = {
  command: { table: "dv_sample", mode: "INSERT", strategy: "BATCH", rowKey: ["dv_name"] },
  columns: [
    { name: "dv_name", type: "string", values: [canary, `${canary} twice`] },
    { name: "dv_short", type: "string", values: ["short", `${canary} too long`] },
  ],
};

function publish({ command, ...to }: Omit<Publishing, "command" | "columns"> & { command?: object }): Promise<Report> {
  runs += 1;
  return stack.clients.publish({ ...to, ...rows, command: { ...rows.command, ...command, runId: `run ${runs}` } });
}

/** As a cluster gives its pods, signed by its own key. */
function serviceAccountToken(changes: Readonly<Record<string, unknown>>): string {
  const claims = {
    ...{ aud: "api://AzureADTokenExchange", iss: federation.issuer, sub: federation.subject },
    exp: Math.floor(Date.now() / 1000) + 600,
    ...changes,
  };
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), clientCertificate.private).toString("base64url")}\n`;
}

function expectPublished(report: Report): void {
  expect(summaryOf(report)).toMatchObject({ created: 1, failed: 1, failedByCode: { value_not_mappable: 1 } });
}

describe("an application user signs in", () => {
  it("by a certificate", async () => {
    const certificate = join(stack.folder, "app.pem");
    await writeFile(certificate, clientCertificate.cert);
    const emulator = await EmulatorProcess.start([
      ...["--certificate", certificate, "--schema", "test/support/sample-tables.yaml"],
      ...["--ca-file", join(stack.folder, "ca-certificate.pem")],
    ]);
    try {
      const { url, authority, ca_file, principals } = emulator.address;
      const key_file = await stack.secretFile("app.key", clientCertificate.private);
      const credential = { client_id: principals[0]?.client_id, certificate_file: certificate, key_file };
      const sidecar = await stack.another(stack.config({ url, authority, ca_file, principals: [credential] }));
      expectPublished(await publish(sidecar));
    } finally {
      await emulator.end();
    }
  });

  it("by the token of another issuer, renewed in its file", async () => {
    const issuer = join(stack.folder, "issuer.pem");
    await writeFile(issuer, clientCertificate.cert);
    const emulator = await EmulatorProcess.start([
      ...["--issuer", issuer, "--schema", "test/support/sample-tables.yaml"],
      ...["--ca-file", join(stack.folder, "ca-issuer.pem")],
    ]);
    try {
      const { url, authority, ca_file, principals } = emulator.address;
      const federated_token_file = join(stack.folder, "service-account");
      await writeFile(federated_token_file, serviceAccountToken({ exp: 1 }));
      const credential = { client_id: principals[0]?.client_id, federated_token_file };
      const sidecar = await stack.another(stack.config({ url, authority, ca_file, principals: [credential] }));
      const refused = await publish(sidecar);
      expect(refused.error?.text).toContain("credentials_rejected: The assertion has expired. (AADSTS700024)");
      await writeFile(federated_token_file, serviceAccountToken({}));
      expectPublished(await publish(sidecar));
      expect(sidecar.program.stderr).not.toContain("eyJ");
    } finally {
      await emulator.end();
    }
  });

  it("as the machine that the server runs on", async () => {
    const emulator = await EmulatorProcess.start(["--plain-http", "--schema", "test/support/sample-tables.yaml"]);
    try {
      const { url, principals } = emulator.address;
      const environmentOf = (managed_identity: object) => ({ url, principals: [{ managed_identity }] });
      const [own, assigned] = [environmentOf({}), environmentOf({ client_id: principals[0]?.client_id })];
      const stranger = environmentOf({ client_id: "00000000-0000-0000-0000-0000000000ff" });
      const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: url };
      const sidecar = await stack.another({ environments: { own, assigned, stranger } }, { env });
      const to = (environment: string) => publish({ ...sidecar, command: { environment } });
      expectPublished(await to("own"));
      expectPublished(await to("assigned"));
      expect((await to("stranger")).error?.text).toContain(
        "credentials_rejected: The machine gave no token for identity",
      );
    } finally {
      await emulator.end();
    }
  });

  it("is told that the certificate is not the application's", async () => {
    const certificate_file = join(stack.folder, "stranger.pem");
    await writeFile(certificate_file, clientCertificate.cert);
    const key_file = await stack.secretFile("stranger.key", clientCertificate.private);
    const [principal] = stack.emulator.address.principals;
    const credential = { client_id: principal?.client_id, certificate_file, key_file };
    const sidecar = await stack.another(stack.config({ principals: [credential] }));
    const report = await publish(sidecar);
    expect(report.error?.text).toContain("credentials_rejected: The certificate is not one of the application's.");
    expect(sidecar.program.stderr).not.toContain("PRIVATE KEY");
  });

  it("by a token file that someone else renews, over plain http on loopback", async () => {
    const emulator = await EmulatorProcess.start(["--plain-http", "--schema", "test/support/sample-tables.yaml"]);
    try {
      const file = await stack.secretFile("token", await emulator.token(600));
      const demo = { url: emulator.address.url, principals: [{ access_token_file: file }] };
      const sidecar = await stack.another({ environments: { demo } });
      expectPublished(await publish(sidecar));
      await writeFile(file, "expired");
      await emulator.addFaults({ effect: "revoke_tokens" });
      const refused = await publish(sidecar);
      expect(refused.error?.text).toContain("credentials_rejected");
      await emulator.reset();
      await writeFile(file, await emulator.token(600));
      expectPublished(await publish(sidecar));
    } finally {
      await emulator.end();
    }
  });
});

describe("listening beyond loopback", () => {
  it("is for callers with a token, over TLS, and each may only what it may", async () => {
    const { authority, certificate, key } = await makeCertificate();
    const certificate_file = join(stack.folder, "server.pem");
    await writeFile(certificate_file, certificate);
    const key_file = await stack.secretFile("server.key", key);
    const [writer, eraser] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString("base64"));
    const caller = async (name: string, token: string | undefined, modes: readonly string[]): Promise<object> => ({
      ...{ name, modes, environments: ["demo"] },
      token_file: await stack.secretFile(`${name}.token`, token ?? ""),
    });
    const callers = [await caller("writer", writer, ["insert"]), await caller("eraser", eraser, ["delete"])];
    const listen = { host: "0.0.0.0", tls: { certificate_file, key_file }, callers };
    const sidecar = await stack.another({ ...stack.config(), listen });
    expect(sidecar.location).toMatch(/^grpc\+tls:\/\/0\.0\.0\.0:\d+$/);
    const to = { location: sidecar.location.replace("0.0.0.0", "localhost"), rootCertificate: authority };

    expectPublished(await publish({ ...to, authorization: `Bearer ${writer}` }));
    const texts = await Promise.all(
      [undefined, "Bearer wrong-wrong-wrong-wrong", `Bearer ${eraser}`].map(async (authorization) => {
        const report = await publish({ ...to, ...(authorization === undefined ? {} : { authorization }) });
        return report.error?.text;
      }),
    );
    expect(texts).toEqual([
      expect.stringContaining("unauthenticated_caller: The call carries no bearer token."),
      expect.stringContaining("unauthenticated_caller: The bearer token is not one that this server knows."),
      expect.stringContaining("caller_not_allowed: Caller eraser may not publish with mode INSERT."),
    ]);
    const plain = await publish({ location: to.location.replace("grpc+tls", "grpc"), timeoutS: 10 });
    expect(plain.error).toBeDefined();
    for (const secret of [writer, eraser, "wrong-wrong", "PRIVATE KEY"])
      expect(sidecar.program.stderr).not.toContain(secret);
  });
});

describe("what is secret", () => {
  it("is in no log line, whatever goes wrong", async () => {
    const sidecar = await stack.another(stack.config());
    const refused = {
      command: { ...rows.command, table: canary.toLowerCase().replaceAll("-", "_") },
      columns: rows.columns,
    };
    await stack.clients.publish({ location: sidecar.location, ...refused });
    await stack.emulator.addFaults(
      { effect: "lose_reply", match: { batch: true, nth: 1 } },
      { effect: "malformed_multipart", how: "no_end", match: { batch: true, nth: 1 } },
      { effect: "part_status", parts: [0], status: 500, message: canary, match: { batch: true, nth: 1 } },
      { effect: "revoke_tokens", match: { batch: true, nth: 2 } },
    );
    expectPublished(await publish(sidecar));
    await stack.clients.publish({ location: sidecar.location, command: { publish: canary }, columns: rows.columns });
    expect(await sidecar.program.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const secret = await readFile(join(stack.folder, "secret"), "utf8");
    for (const planted of [canary, secret, "eyJ"]) expect(sidecar.program.stderr).not.toContain(planted);
  });
});
