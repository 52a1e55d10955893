import { connect } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { makeCertificate } from "../../emulator/wire/certificate.ts";
import type { Listening } from "../../emulator/wire/server.ts";
import { listen } from "../../emulator/wire/server.ts";
import { emulatorWith } from "./support.ts";

let server: Listening | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(emulator = emulatorWith()): Promise<string> {
  server = await listen(0, undefined, () => emulator);
  return `http://127.0.0.1:${server.port}/api/data/v9.2`;
}

const post = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"é😀"}' };

describe("over sockets", () => {
  it("a row is written and answered", async () => {
    const emulator = emulatorWith();
    const reply = await fetch(`${await start(emulator)}/accounts`, post);
    expect(reply.status).toBe(204);
    expect(emulator.rows("account")).toMatchObject([{ name: "é😀" }]);
  });

  it("a lost reply ends the connection after the row was written", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "lose_reply" }]);
    await expect(fetch(`${await start(emulator)}/accounts`, post)).rejects.toThrow();
    expect(emulator.rows("account")).toHaveLength(1);
  });

  it("a truncated reply ends inside its body", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "truncate_reply", bytes: 20 }]);
    const reply = await fetch(`${await start(emulator)}/accounts`);
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow();
  });
});

describe("the certificate", () => {
  it.each(["localhost", "127.0.0.1"])("is trusted by its authority for %s", async (servername) => {
    const certificate = await makeCertificate();
    server = await listen(0, certificate, emulatorWith);
    const { port } = server;
    const authorized = await new Promise<boolean>((resolve, reject) => {
      const name = servername === "localhost" ? { servername } : {};
      const socket = connect({ host: "127.0.0.1", port, ca: certificate.authority, ...name }, () => {
        resolve(socket.authorized);
        socket.destroy();
      });
      socket.once("error", reject);
    });
    expect(authorized).toBe(true);
  });
});
