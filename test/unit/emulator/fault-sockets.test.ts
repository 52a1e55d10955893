/** Faults on real sockets: what a client of another making sees of them. */
import { once } from "node:events";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent, request as httpRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { makeCertificate } from "../../emulator/wire/certificate.ts";
import type { Listening } from "../../emulator/wire/server.ts";
import { listen } from "../../emulator/wire/server.ts";
import { batch, codeOf, emulatorWith, part, partStatuses } from "./support.ts";

let server: Listening | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(emulator: Emulator = emulatorWith()): Promise<number> {
  server = await listen(0, undefined, () => emulator);
  return server.port;
}

const root = "/api/data/v9.2";

/** The answer's head; its body is the caller's affair. */
function send(port: number, options: RequestOptions, body: string | Buffer = ""): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: "127.0.0.1", port, agent: false, ...options }, resolve);
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function get(
  port: number,
  path = `${root}/WhoAmI`,
  headers = {},
): Promise<{ head: IncomingMessage; body: Buffer }> {
  const head = await send(port, { path, headers });
  return { head, body: await bodyOf(head) };
}

async function startWith(...faults: readonly object[]): Promise<number> {
  const emulator = emulatorWith();
  emulator.faults.add(faults);
  return await start(emulator);
}

describe("on the wire", () => {
  it("a reset is a reset", async () => {
    const port = await startWith({ effect: "reset_before" });
    await expect(get(port)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("two Retry-After headers are two lines", async () => {
    const port = await startWith({ effect: "status", status: 429, retry_after: [1, 600] });
    const { head } = await get(port);
    const names = head.rawHeaders.filter((_text, index) => index % 2 === 0);
    expect(names.filter((name) => name.toLowerCase() === "retry-after")).toHaveLength(2);
  });

  it("a slow body drips", async () => {
    const port = await startWith({ effect: "slow_body", bytes_per_s: 2000 });
    const head = await send(port, { path: `${root}/WhoAmI` });
    const chunks: Buffer[] = [];
    for await (const chunk of head) {
      chunks.push(chunk as Buffer);
    }
    expect(chunks.length).toBeGreaterThan(1);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toHaveProperty("UserId");
  });

  it("an endless body goes on beyond what is due", async () => {
    const port = await startWith({ effect: "endless_body" });
    const head = await send(port, { path: `${root}/WhoAmI` });
    let length = 0;
    head.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > 5000) {
        head.destroy();
      }
    });
    await once(head, "close");
    expect(length).toBeGreaterThan(5000);
  });

  it("endless headers never come to a body", async () => {
    const port = await startWith({ effect: "endless_headers" });
    await expect(get(port)).rejects.toMatchObject({ code: "HPE_HEADER_OVERFLOW" });
  });

  it("a compressed answer comes unasked", async () => {
    const port = await startWith({ effect: "gzip" });
    const { head, body } = await get(port);
    expect(head.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(body).toString())).toHaveProperty("UserId");
  });

  it("a compressed answer unfolds to a thousand times its size", async () => {
    const port = await startWith({ effect: "gzip_bomb", bytes: 10_000_000 });
    const { body } = await get(port);
    expect(gunzipSync(body).length).toBeGreaterThan(10_000_000);
    expect(body.length).toBeLessThan(100_000);
  });

  it("a connection said to be kept goes stale", async () => {
    const port = await startWith({ effect: "stale_connection" });
    const agent = new Agent({ keepAlive: true });
    const head = await send(port, { path: `${root}/WhoAmI`, agent });
    const closed = once(head.socket, "close");
    expect(head.headers["connection"]).not.toBe("close");
    expect(JSON.parse((await bodyOf(head)).toString())).toHaveProperty("UserId");
    await closed;
    agent.destroy();
  });

  it("an outage refuses connections, and ends", async () => {
    const port = await startWith({ effect: "outage", ms: 150 });
    await expect(get(port)).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect(get(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect
      .poll(
        () =>
          get(port).then(
            ({ head }) => head.statusCode,
            () => 0,
          ),
        { timeout: 15_000 },
      )
      .toBe(200);
  });

  it("a redirect leads to where it is seen who comes", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "redirect", location: "/__elsewhere__/x" }]);
    const port = await start(emulator);
    const { head } = await get(port);
    expect((await get(port, head.headers.location)).head.statusCode).toBe(404);
    expect(emulator.violations().elsewhere).toEqual({ visits: 1, authorized: 0 });
  });
});

describe("certificates that have gone bad", () => {
  async function trial(port: number, ca: string): Promise<string> {
    return await new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" }, () => {
        resolve("trusted");
        socket.destroy();
      });
      socket.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    });
  }

  /** Over the connection that there is. */
  async function order(port: number, agent: SecureAgent, certificate: string): Promise<void> {
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const target = { host: "localhost", port, family: 4, path: "/__emulator__/certificate", method: "POST", agent };
      const outgoing = secureRequest(target, resolve);
      outgoing.once("error", reject);
      outgoing.end(JSON.stringify({ certificate }));
    });
    expect([reply.statusCode, JSON.parse((await bodyOf(reply)).toString())]).toEqual([200, { certificate }]);
  }

  it.each([
    ["expired", "CERT_HAS_EXPIRED"],
    ["wrong_name", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["self_signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ] as const)("%s is shown to new connections until the good one is back", async (kind, code) => {
    const certificate = await makeCertificate();
    const emulator = emulatorWith();
    server = await listen(0, certificate, () => emulator);
    const agent = new SecureAgent({ ca: certificate.authority, keepAlive: true });
    await order(server.port, agent, kind);
    expect(await trial(server.port, certificate.authority)).toBe(code);
    await order(server.port, agent, "good");
    agent.destroy();
    expect(await trial(server.port, certificate.authority)).toBe("trusted");
  });
});

describe("the service's front", () => {
  it("compresses where the client asks", async () => {
    const port = await start();
    const path = `${root}/EntityDefinitions?$select=LogicalName`;
    const { head, body } = await get(port, path, { "accept-encoding": "gzip, deflate" });
    expect(head.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(body).toString())).toHaveProperty("value");
    expect((await get(port, path)).head.headers).not.toHaveProperty("content-encoding");
    const refused = await get(port, path, { "accept-encoding": "gzip;q=0" });
    expect(refused.head.headers).not.toHaveProperty("content-encoding");
  });

  it("answers HEAD without a body and OPTIONS with what it takes", async () => {
    const port = await start();
    const head = await send(port, { path: `${root}/WhoAmI`, method: "HEAD" });
    expect([head.statusCode, (await bodyOf(head)).length]).toEqual([200, 0]);
    const options = await send(port, { path: `${root}/accounts`, method: "OPTIONS" });
    expect([options.statusCode, options.headers.allow]).toEqual([200, "OPTIONS,GET,HEAD,POST"]);
  });

  const row = '{"name":"x"}';
  const post = { path: `${root}/accounts`, method: "POST", headers: { "content-type": "application/json" } };

  it("refuses a body beyond its bound before it has come", async () => {
    const port = await start(emulatorWith({ bodyBytesMax: 100 }));
    const declared = await send(
      port,
      { ...post, headers: { ...post.headers, "content-length": "101" } },
      "x".repeat(101),
    );
    expect([declared.statusCode, codeOf({ body: (await bodyOf(declared)).toString() })]).toEqual([413, "0x8004418a"]);
    const chunked = await send(
      port,
      { ...post, headers: { ...post.headers, "transfer-encoding": "chunked" } },
      "x".repeat(101),
    );
    expect(chunked.statusCode).toBe(413);
    expect((await send(port, post, row)).statusCode).toBe(204);
  });

  it("refuses a compressed body, or reads it, by setting", async () => {
    const compressed = { ...post, headers: { ...post.headers, "content-encoding": "gzip" } };
    const strict = await start();
    expect((await send(strict, compressed, gzipSync(row))).statusCode).toBe(415);
    await server?.close();
    const emulator = emulatorWith({ requestEncoding: "accept", bodyBytesMax: 1000 });
    const lenient = await start(emulator);
    expect((await send(lenient, compressed, gzipSync(row))).statusCode).toBe(204);
    expect((await send(lenient, compressed, row)).statusCode).toBe(400);
    expect((await send(lenient, compressed, gzipSync("x".repeat(100_000)))).statusCode).toBe(413);
    expect(emulator.rows("account")).toMatchObject([{ name: "x" }]);
  });

  it("takes URLs twice as long within a batch", async () => {
    const urlOf = (length: number): string => `${root}/accounts?$filter=`.padEnd(length, "x");
    const statusesOf = async (...lengths: readonly number[]): Promise<readonly number[]> =>
      partStatuses(
        await batch(
          emulatorWith(),
          lengths.map((length) => part(`GET ${urlOf(length)}`)),
        ),
      );
    expect(await statusesOf(65_536, 65_537)).toEqual([400, 414]);
  });

  it("refuses headers and URLs that are too long", async () => {
    const port = await start();
    expect((await get(port, `${root}/accounts?$filter=${"x".repeat(32_768)}`)).head.statusCode).toBe(414);
    expect((await get(port, `${root}/accounts`, { "x-long": "x".repeat(70_000) })).head.statusCode).toBe(400);
  });

  it.each([
    "GARBAGE\r\n\r\n",
    "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
  ])("answers 400 to what is no HTTP: %j", async (bytes) => {
    const socket = connectPlain(await start(), "127.0.0.1");
    socket.write(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
    }
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });
});
