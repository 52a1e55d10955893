import { describe, expect, it } from "vitest";
import { trustedRoots } from "../../../server/core/trust.ts";
import type { Request } from "../../../server/transport/http.ts";
import type { PoolOptions } from "../../../server/transport/pool.ts";
import { createPool } from "../../../server/transport/pool.ts";
import { tripOf } from "./scripted.ts";
import type { Answer } from "./service.ts";
import { certificateFor, serve } from "./service.ts";

const batch: Request = { method: "POST", path: "$batch", headers: { "x-one": "1" }, body: Buffer.from("hello") };

/** Sends one request to a service that answers so. */
async function sendTo(answer: Answer, request: Request = batch, options: Partial<PoolOptions> = {}) {
  await using service = await serve(answer);
  const pool = createPool({ origin: service.origin, servicePath: "/api/data/v9.2/", connectionsMax: 2, ...options });
  try {
    const reply = await pool.send(request, tripOf());
    return { reply, seen: service.seen, bodies: service.bodies };
  } finally {
    await pool.close();
  }
}

describe("createPool", () => {
  it("sends to the service root, whole", async () => {
    const { reply, seen, bodies } = await sendTo((response) =>
      response.writeHead(207, { "x-two": ["a", "b"] }).end("world"),
    );
    expect([seen[0]?.method, seen[0]?.url, bodies[0]]).toEqual(["POST", "/api/data/v9.2/$batch", "hello"]);
    expect(reply).toMatchObject({ status: 207, headers: { "x-two": "a, b" }, body: Buffer.from("world") });
  });

  it("sends a long body in pieces, whole and with its length, as often as it is asked to", async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => 97 + (at % 26)));
    await using service = await serve((response) => response.end());
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    for (let i = 0; i < 2; i++) await pool.send({ ...batch, body }, tripOf());
    await pool.close();
    expect(service.bodies).toEqual([body.toString(), body.toString()]);
    expect(service.seen.map(({ headers }) => headers["content-length"])).toEqual(["300000", "300000"]);
  });

  it.each([5, 300_000])(
    "has a copy of %i bytes that go in the clear: an early answer would end their owner's care",
    async (length) => {
      const body = Buffer.alloc(length, "x");
      await using service = await serve((response) => response.end());
      const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
      const sent = pool.send({ ...batch, body }, tripOf());
      body.fill("y");
      await sent;
      await pool.close();
      expect(service.bodies).toEqual(["x".repeat(length)]);
    },
  );

  it("keeps a query as it is written", async () => {
    const path = "accounts?$filter=name%20eq%20'O''Hara'&$top=1";
    const { seen } = await sendTo((response) => response.end(), { method: "GET", path, headers: {} });
    expect(seen[0]?.url).toBe(`/api/data/v9.2/${path}`);
  });

  it("follows no redirect", async () => {
    await using other = await serve((response) => response.end());
    const { reply } = await sendTo((response) => response.writeHead(307, { location: other.origin }).end());
    expect([reply.status, other.seen.length]).toEqual([307, 0]);
  });

  it("keeps no cookie", async () => {
    await using service = await serve((response) => response.writeHead(200, { "set-cookie": "ARRAffinity=1" }).end());
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    await pool.send(batch, tripOf());
    await pool.send(batch, tripOf());
    await pool.close();
    expect(service.seen.map((request) => request.headers.cookie)).toEqual([undefined, undefined]);
  });

  it.each([
    "/absolute",
    "../v9.1/accounts",
    "accounts/../../x",
    "a/%2e%2E/b",
    "accounts\r\nhost: other",
    "a b",
    "a\\b",
    "a#b",
    "é",
    "a\u0000",
  ])("refuses the path %j", async (path) => {
    await expect(sendTo((response) => response.end(), { ...batch, path })).rejects.toMatchObject({ code: "internal" });
  });

  it("refuses a header that would begin another", async () => {
    const request = { ...batch, headers: { "x-one": "1\r\nx-two: 2" } };
    await expect(sendTo((response) => response.end(), request)).rejects.toMatchObject({ code: "internal" });
  });

  it("refuses an origin with a path", () => {
    const options = { origin: "https://localhost/x", servicePath: "/", connectionsMax: 1 };
    expect(() => createPool(options)).toThrow("is not an origin");
  });
});

describe("what may have been applied", () => {
  it("is nothing when the connection is refused", async () => {
    const service = await serve((response) => response.end());
    await service[Symbol.asyncDispose]();
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    await expect(pool.send(batch, tripOf())).rejects.toMatchObject({ code: "unavailable" });
  });

  it.each<[string, Answer]>([
    ["a reset before the head", (response) => response.socket?.resetAndDestroy()],
    [
      "a reset within the body",
      (response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("part", () => response.socket?.destroy());
      },
    ],
    ["an oversized head", (response) => response.writeHead(200, { "x-long": "x".repeat(40_000) }).end()],
    ["an oversized body", (response) => response.writeHead(200).end(Buffer.alloc(2_000))],
    ["a compressed body", (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x")],
  ])("is unknown after %s", async (_name, answer) => {
    await expect(sendTo(answer, batch, { replyBytesMax: 1_000 })).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it("is unknown when a kept connection turns out stale", async () => {
    await using service = await serve((response) => {
      if (service.seen.length === 1) response.end();
      else response.socket?.resetAndDestroy();
    });
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    await pool.send(batch, tripOf());
    await expect(pool.send(batch, tripOf())).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(service.seen).toHaveLength(2);
  });
});

describe("a trip", () => {
  it("lets a request finish that is on the wire when it is aborted", async () => {
    const abort = new AbortController();
    await using service = await serve((response) => {
      abort.abort(new Error("cancelled"));
      response.end("done");
    });
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    const reply = await pool.send(batch, tripOf({ signal: abort.signal }));
    expect(reply.body.toString()).toBe("done");
  });

  it("takes a request back that waits for a connection when it is aborted", async () => {
    const held = Promise.withResolvers<() => void>();
    await using service = await serve((response) => held.resolve(() => response.end()));
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    const first = pool.send(batch, tripOf());
    const release = await held.promise;
    const abort = new AbortController();
    const second = pool.send(batch, tripOf({ signal: abort.signal }));
    abort.abort(new Error("cancelled"));
    await expect(second).rejects.toThrow("cancelled");
    release();
    await first;
    await pool.close();
    expect(service.seen).toHaveLength(1);
  });

  it("holds a request back when a gate closes while it waits for a connection", async () => {
    const held = Promise.withResolvers<() => void>();
    await using service = await serve((response) => held.resolve(() => response.end()));
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    const first = pool.send(batch, tripOf());
    const release = await held.promise;
    let isOpen = true;
    const second = pool.send(batch, tripOf({ mayLeave: () => isOpen }));
    isOpen = false;
    release();
    await first;
    await expect(second).rejects.toMatchObject({ code: "throttled" });
    expect(service.seen).toHaveLength(1);
  });

  it("is cut on the wire by its deadline", async () => {
    const cut = new AbortController();
    await using service = await serve(() => cut.abort(new Error("time is up")));
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    await expect(pool.send(batch, tripOf({ cut: cut.signal }))).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it("is cut before the wire with nothing sent", async () => {
    const held = Promise.withResolvers<() => void>();
    await using service = await serve((response) => held.resolve(() => response.end()));
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    const first = pool.send(batch, tripOf());
    const release = await held.promise;
    const cut = new AbortController();
    const second = pool.send(batch, tripOf({ cut: cut.signal }));
    cut.abort(new Error("time is up"));
    await expect(second).rejects.toMatchObject({ code: "unavailable" });
    release();
    await first;
  });
});

describe("a pool that is closed", () => {
  it("waits for no reply that is not there yet: a server that drains must end, whatever the service does", async () => {
    const asked = Promise.withResolvers<void>();
    await using service = await serve(() => asked.resolve());
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    const reply = expect(pool.send(batch, tripOf())).rejects.toMatchObject({ code: "outcome_unknown" });
    await asked.promise;
    await pool.close();
    await reply;
  });
});

describe("TLS", () => {
  it("is trusted by a root of the operator's own", async () => {
    const certificate = await certificateFor("127.0.0.1");
    await using service = await serve((response) => response.end("safe"), certificate);
    const trust = trustedRoots(certificate.cert);
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1, trust });
    expect((await pool.send(batch, tripOf())).body.toString()).toBe("safe");
    expect(service.seen[0]?.httpVersion).toBe("1.1");
  });

  it("has little of a long body left at its end: an answer that came before undici was done would cost the connection", async () => {
    const certificate = await certificateFor("127.0.0.1");
    await using service = await serve((response) => response.end(), certificate);
    const trust = trustedRoots(certificate.cert);
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1, trust });
    await pool.send({ ...batch, body: Buffer.alloc(300_000, "x") }, tripOf());
    await pool.close();
    expect(service.pieces.at(-1)).toBe(8192);
  });

  it("is refused without it, and the remedy names ca_file", async () => {
    await using service = await serve((response) => response.end(), await certificateFor("127.0.0.1"));
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1 });
    await expect(pool.send(batch, tripOf())).rejects.toMatchObject({
      code: "unavailable",
      remedy: expect.stringContaining("ca_file"),
    });
    expect(service.seen).toHaveLength(0);
  });

  it("is refused for another host name", async () => {
    const certificate = await certificateFor("other.example");
    await using service = await serve((response) => response.end(), certificate);
    const trust = trustedRoots(certificate.cert);
    const pool = createPool({ origin: service.origin, servicePath: "/", connectionsMax: 1, trust });
    await expect(pool.send(batch, tripOf())).rejects.toThrow("another host name");
    expect(service.seen).toHaveLength(0);
  });
});
