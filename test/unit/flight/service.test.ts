import type { ServiceError } from "@grpc/grpc-js";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { flightService } from "../../../server/flight/service.ts";
import { codeTrailer } from "../../../server/flight/status.ts";
import { WireWriter } from "../../../server/flight/wire-format.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { startFlight } from "../../support/flight-parts.ts";

let flight: RunningFlight | undefined;
let client: Client | undefined;

afterEach(() => {
  client?.close();
  flight?.server.close();
});

async function start(): Promise<Client> {
  flight = await startFlight(undefined, { callers: [{ name: "spark", tokens: "token" }] });
  client = new Client(`127.0.0.1:${flight.port}`, credentials.createInsecure());
  return client;
}

function call(
  from: Client,
  name: string,
  options: { token?: string; request?: Buffer } = {},
): Promise<ServiceError | undefined> {
  const method = flightService[name];
  if (method === undefined) throw new Error(`${name} is gone.`);
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set("authorization", `Bearer ${options.token}`);
  const request = options.request ?? Buffer.alloc(0);
  const { path, requestSerialize, responseDeserialize } = method;
  return new Promise((resolve) => {
    if (!method.responseStream) {
      from.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error) =>
        resolve(error ?? undefined),
      );
      return;
    }
    const stream = method.requestStream
      ? from.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata)
      : from.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
    stream.on("data", () => {});
    stream.on("error", resolve);
    stream.on("end", () => resolve(undefined));
  });
}

describe("a call that is not offered", () => {
  it.each([
    ["DoGet", "publishes to Dataverse"],
    ["DoPut", "call DoExchange"],
    ["PollFlightInfo", "call GetFlightInfo"],
    ["Handshake", "authorization: Bearer"],
  ])("(%s) says what to call instead", async (name, sentence) => {
    const error = await call(await start(), name);
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED, details: expect.stringContaining(sentence) });
  });
});

describe("a caller without a token", () => {
  it.each(["DoExchange", "DoAction", "ListFlights", "ListActions", "GetSchema", "GetFlightInfo"])(
    "is refused by %s before anything is read",
    async (name) => {
      const error = await call(await start(), name);
      expect(error?.code).toBe(status.UNAUTHENTICATED);
      expect(error?.metadata.get(codeTrailer)).toEqual(["unauthenticated_caller"]);
    },
  );

  it("is refused with a wrong one, and let in with the right one", async () => {
    const from = await start();
    expect((await call(from, "ListActions", { token: "wrong" }))?.code).toBe(status.UNAUTHENTICATED);
    expect(await call(from, "ListActions", { token: "token" })).toBeUndefined();
  });
});

describe("a request that cannot be read", () => {
  it.each(["DoAction", "ListFlights", "GetSchema", "GetFlightInfo"])("gets a status of ours from %s", async (name) => {
    const error = await call(await start(), name, { token: "token", request: Buffer.from([0xff]) });
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining("malformed_arrow") });
  });
});

describe("a defect of the server", () => {
  it("ends the call with a status that tells nothing of it, and is told to the log", async () => {
    const request = new WireWriter().text(1, "status").text(2, `{"runId":"broken"}`).finish();
    const error = await call(await start(), "DoAction", { token: "token", request });
    expect(error).toMatchObject({ code: status.INTERNAL, details: expect.not.stringContaining("an inner detail") });
    expect(flight?.faults).toHaveLength(1);
  });
});
