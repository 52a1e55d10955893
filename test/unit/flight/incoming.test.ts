import { Readable } from "node:stream";
import type { MethodDefinition, ServerDuplexStream } from "@grpc/grpc-js";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { Incoming } from "../../../server/flight/incoming.ts";
import { flightService } from "../../../server/flight/service.ts";
import { FakeCall } from "../../support/fake-call.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the library's calls", () => {
  it("still have the decoder whose pieces are let go", async () => {
    const server = new Server();
    const { path, ...method } = { ...flightService["DoExchange"], path: "/x/y" } as MethodDefinition<Buffer, Buffer>;
    const decoder = new Promise((resolve) => {
      const look = (call: ServerDuplexStream<Buffer, Buffer>): void => {
        resolve(Reflect.get(Reflect.get(call, "call") as object, "decoder"));
        call.end();
      };
      server.register(path, look, method.responseSerialize, method.requestDeserialize, "bidi");
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (fault, bound) =>
        fault === null ? resolve(bound) : reject(fault),
      );
    });
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    client.makeBidiStreamRequest(path, method.requestSerialize, method.responseDeserialize).on("error", () => {});
    expect(await decoder).toMatchObject({ readState: 0, readPartialMessage: [] });
    client.close();
    server.forceShutdown();
  });
});

describe("Incoming", () => {
  it("gives messages in order, then undefined for the half-close", async () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock());
    call.push(Buffer.from("1"));
    call.push(Buffer.from("2"));
    call.push(null);
    expect(String(await incoming.next())).toBe("1");
    expect(String(await incoming.next())).toBe("2");
    expect(await incoming.next()).toBeUndefined();
    expect(await incoming.next()).toBeUndefined();
  });

  it("leaves the call writable after the half-close", async () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock());
    call.push(null);
    await incoming.next();
    await turn();
    expect(call.destroyed).toBe(false);
    expect(call.writable).toBe(true);
  });

  it("holds one message at most that nobody asked for", async () => {
    let made = 0;
    const source = new Readable({ objectMode: true, read: () => source.push(Buffer.from([made++])) });
    const incoming = new Incoming(source, new VirtualClock());
    await incoming.next();
    await turn();
    await turn();
    expect(made).toBeLessThanOrEqual(2);
  });

  it("lets go of the pieces of a message that the library has put together, between messages alone", async () => {
    const call = new FakeCall();
    const decoder = { readState: 0, readPartialMessage: ["piece"] };
    Reflect.set(call, "call", { decoder });
    const incoming = new Incoming(call, new VirtualClock());
    call.push(Buffer.from("1"));
    call.push(Buffer.from("2"));
    await incoming.next();
    expect(decoder.readPartialMessage).toEqual([]);
    Object.assign(decoder, { readState: 2, readPartialMessage: ["of the next"] });
    await incoming.next();
    expect(decoder.readPartialMessage).toEqual(["of the next"]);
  });

  it("gives a message that comes after it was asked for", async () => {
    const call = new FakeCall();
    const next = new Incoming(call, new VirtualClock()).next();
    await turn();
    call.push(Buffer.from("late"));
    expect(String(await next)).toBe("late");
  });

  it("measures how long the client keeps it waiting, and nothing else", async () => {
    const clock = new VirtualClock();
    const call = new FakeCall();
    const incoming = new Incoming(call, clock);
    await clock.run(clock.sleep(50));
    expect(incoming.idleMs()).toBe(0);
    const next = incoming.next();
    await clock.run(clock.sleep(70));
    expect(incoming.idleMs()).toBe(70);
    call.push(Buffer.from("x"));
    await next;
    expect(incoming.idleMs()).toBe(0);
  });

  it("lets a client that writes on write to its end", async () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock());
    incoming.discard();
    for (let i = 0; i < 100; i++) call.push(Buffer.from("x"));
    call.push(null);
    const ended = new Promise((resolve) => call.on("end", resolve));
    await ended;
    expect(call.readableLength).toBe(0);
  });
});
