import { PassThrough } from "node:stream";
import type { MethodDefinition, ServerDuplexStream } from "@grpc/grpc-js";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import type { Room } from "../../../server/flight/assembly.ts";
import { assemble, MessageAssembly } from "../../../server/flight/assembly.ts";
import { flightService } from "../../../server/flight/service.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const bytesMax = 1000;

function framed(...messages: readonly string[]): Buffer {
  return Buffer.concat(
    messages.map((text) => {
      const message = Buffer.from(`_____${text}`);
      message.writeUInt8(0);
      message.writeUInt32BE(message.length - 5, 1);
      return message;
    }),
  );
}

/** Plays the library: hands on what comes, and stops the source for each message. */
function assembling(room: Room = () => undefined): { source: PassThrough; assembly: MessageAssembly; texts: string[] } {
  const source = new PassThrough();
  const assembly = new MessageAssembly(source, room, bytesMax);
  const texts: string[] = [];
  source.on("data", (piece: Buffer) => {
    for (const message of assembly.write(piece)) {
      source.pause();
      texts.push(String(message.subarray(5)));
    }
  });
  return { source, assembly, texts };
}

describe("messages that come in pieces", () => {
  it.each([1, 3, 7, 100])("of %d bytes are put together as they were", async (length) => {
    const { source, texts } = assembling();
    const all = framed("one", "", "three");
    for (let at = 0; at < all.length; at += length) source.write(all.subarray(at, at + length));
    for (let i = 0; i < 20; i++) {
      await turn();
      source.resume();
    }
    expect(texts).toEqual(["one", "", "three"]);
  });

  it("keep their prefix, which the library reads", () => {
    const assembly = new MessageAssembly(new PassThrough(), () => undefined, bytesMax);
    expect(assembly.write(framed("x"))).toEqual([framed("x")]);
  });

  it("lie in memory of their own, so that no piece outlives its message", () => {
    const assembly = new MessageAssembly(new PassThrough(), () => undefined, bytesMax);
    const piece = framed("text");
    const [message] = assembly.write(piece);
    expect(message?.buffer).not.toBe(piece.buffer);
    expect(message?.buffer.byteLength).toBe(piece.length);
  });

  it("say how far they have come, and whether one is under way that has its room", () => {
    const assembly = new MessageAssembly(new PassThrough(), () => undefined, bytesMax);
    const whole = framed("text");
    const seen: (readonly [boolean, number])[] = [];
    for (const piece of [whole.subarray(0, 4), whole.subarray(4, 7), whole.subarray(7)]) {
      assembly.write(piece);
      seen.push([assembly.isWithin, assembly.taken]);
    }
    expect(seen).toEqual([
      [false, 0],
      [true, 2],
      [false, 4],
    ]);
  });

  it("are refused by their length, before there is memory for them", () => {
    const asked: number[] = [];
    const room = (bytes: number): undefined => void asked.push(bytes);
    const assembly = new MessageAssembly(new PassThrough(), room, bytesMax);
    expect(() => assembly.write(Buffer.from([0, 0xff, 0, 0, 0]))).toThrow("larger than max (4278190080 vs 1000)");
    expect(asked).toEqual([]);
  });

  it("are not begun before they are asked for", async () => {
    const asked: number[] = [];
    const { source, texts } = assembling((bytes) => void asked.push(bytes));
    source.write(framed("one", "second"));
    await turn();
    expect([texts, asked]).toEqual([["one"], [3]]);
    source.resume();
    await turn();
    expect([texts, asked]).toEqual([
      ["one", "second"],
      [3, 6],
    ]);
  });
});

describe("a message for which there is no room", () => {
  it("is not read before there is, and comes whole then", async () => {
    const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
    const { source, texts } = assembling(() => granted);
    source.write(framed("large").subarray(0, 7));
    await turn();
    source.write(framed("large").subarray(7));
    await turn();
    expect([source.isPaused(), source.readableLength, texts]).toEqual([true, 5, []]);
    grant();
    await turn();
    expect(texts).toEqual(["large"]);
  });

  it("is thrown away with all that follows when nothing is wanted any more, so that the client comes to its end", async () => {
    const { source, assembly, texts } = assembling(() => new Promise<void>(() => {}));
    source.write(framed("large"));
    await turn();
    assembly.end();
    source.write(framed("next"));
    await turn();
    expect([source.readableLength, texts]).toEqual([0, []]);
  });

  it("has no memory when the room comes after all", async () => {
    const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
    const { source, assembly, texts } = assembling(() => granted);
    source.write(framed("large"));
    await turn();
    assembly.end();
    grant();
    await turn();
    expect(assembly.isWithin).toBe(false);
    source.write(framed("next"));
    await turn();
    expect(texts).toEqual([]);
  });
});

describe("the library's calls", () => {
  let end = (): void => {};
  afterEach(() => end());

  /** A call as the server gets it, and the client's end of it. */
  async function call(): Promise<{ call: ServerDuplexStream<Buffer, Buffer>; say: (message: Buffer) => void }> {
    const server = new Server({ "grpc.max_receive_message_length": bytesMax });
    const { path, ...method } = { ...flightService["DoExchange"], path: "/x/y" } as MethodDefinition<Buffer, Buffer>;
    const { promise, resolve } = Promise.withResolvers<ServerDuplexStream<Buffer, Buffer>>();
    server.register(path, resolve, method.responseSerialize, method.requestDeserialize, "bidi");
    const port = await new Promise<number>((bound, failed) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (fault, found) =>
        fault === null ? bound(found) : failed(fault),
      );
    });
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const stream = client.makeBidiStreamRequest(path, method.requestSerialize, method.responseDeserialize);
    stream.on("error", () => {
      // The server goes before the call has ended.
    });
    end = () => {
      client.close();
      server.forceShutdown();
    };
    return { call: await promise, say: (message) => stream.write(message) };
  }

  it("still let their messages be put together here, and wait for room", async () => {
    const opened = await call();
    const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
    const asked: number[] = [];
    assemble(opened.call, (bytes) => {
      asked.push(bytes);
      return bytes === 300 ? granted : undefined;
    });
    const came: number[] = [];
    opened.call.on("data", (message: Buffer) => came.push(message.length));
    for (const length of [200, 300, 100]) opened.say(Buffer.alloc(length, 1));
    await expect.poll(() => asked).toEqual([200, 300]);
    expect(came).toEqual([200]);
    grant();
    await expect.poll(() => came).toEqual([200, 300, 100]);
  });

  it.each(["call", "decoder"])("are noticed when they have no %s any more", async (name) => {
    const opened = await call();
    const inner: unknown = Reflect.get(opened.call, "call");
    Reflect.deleteProperty(name === "call" ? opened.call : (inner as object), name);
    expect(() => assemble(opened.call, () => undefined)).toThrow(name);
  });
});
