/**
 * The gRPC service of Arrow Flight. Messages pass as bytes: what cannot be read must end with a status of ours, and the library's
 * own answer to a failed deserializer says nothing. Every call here ends with a status, whatever is thrown.
 */
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerDuplexStream,
  ServerWritableStream,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Metadata, status } from "@grpc/grpc-js";
import { asSidecarError, SidecarError } from "../core/errors.ts";
import type { Caller } from "./auth.ts";
import { Callers } from "./auth.ts";
import type { Catalog } from "./catalog.ts";
import type { ExchangeParts } from "./exchange.ts";
import { exchange } from "./exchange.ts";
import { Questions } from "./questions.ts";
import { endWithError, statusOf } from "./status.ts";

export interface ServiceParts extends ExchangeParts {
  readonly catalog: Catalog;
  /** No new stream is let in. */
  readonly draining: () => boolean;
  /** Hears of each publish stream until nothing of it is under way. */
  readonly track: (stream: Promise<void>) => void;
}

type Method = MethodDefinition<Buffer, Buffer>;

const asIs = (bytes: Buffer): Buffer => bytes;

function method(name: string, requestStream: boolean, responseStream: boolean): Method {
  return {
    path: `/arrow.flight.protocol.FlightService/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

export const flightService: Readonly<Record<string, Method>> = {
  Handshake: method("Handshake", true, true),
  ListFlights: method("ListFlights", false, true),
  GetFlightInfo: method("GetFlightInfo", false, false),
  PollFlightInfo: method("PollFlightInfo", false, false),
  GetSchema: method("GetSchema", false, false),
  DoGet: method("DoGet", false, true),
  DoPut: method("DoPut", true, true),
  DoExchange: method("DoExchange", true, true),
  DoAction: method("DoAction", false, true),
  ListActions: method("ListActions", false, true),
};

function unimplemented(sentence: string): (call: { emit(event: "error", reply: object): boolean }) => void {
  return (call) => {
    call.emit("error", { code: status.UNIMPLEMENTED, details: sentence, metadata: new Metadata() });
  };
}

/** Writes one message and waits until it is taken, so that a list is not held in memory twice. Resolves for a client that is gone, too. */
function write(call: ServerWritableStream<Buffer, Buffer>, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    call.once("cancelled", resolve);
    call.write(message, () => {
      call.off("cancelled", resolve);
      resolve();
    });
  });
}

/** The calls, each wrapped so that a rejected promise becomes a status. */
export function flightCalls(parts: ServiceParts): UntypedServiceImplementation {
  const callers = new Callers(parts.settings.callers);
  const questions = new Questions({ ...parts, environments: parts.settings.environments });
  const identify = (metadata: Metadata): Caller => callers.identify(metadata.get("authorization"));
  const refusal = (thrown: unknown): SidecarError => {
    const error = asSidecarError(thrown);
    if (error.code === "internal") parts.onFault(error);
    return error;
  };

  const one =
    (answer: (message: Buffer, caller: Caller) => Promise<Buffer>): handleUnaryCall<Buffer, Buffer> =>
    async (call, reply) => {
      try {
        reply(null, await answer(call.request, identify(call.metadata)));
      } catch (thrown) {
        reply(statusOf(refusal(thrown)));
      }
    };

  const many =
    (
      answers: (message: Buffer, caller: Caller) => AsyncIterable<Buffer> | Iterable<Buffer>,
    ): handleServerStreamingCall<Buffer, Buffer> =>
    async (call) => {
      try {
        for await (const message of answers(call.request, identify(call.metadata))) {
          if (call.cancelled) return;
          await write(call, message);
        }
        call.end();
      } catch (thrown) {
        endWithError(call, refusal(thrown));
      }
    };

  const publish: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    try {
      const caller = identify(call.metadata);
      if (parts.draining()) {
        throw new SidecarError("draining", "The server is shutting down.", { remedy: "Try again in a minute." });
      }
      parts.track(exchange(call, caller, parts));
    } catch (thrown) {
      refuseUnread(call, refusal(thrown));
    }
  };

  return {
    ListFlights: many((message, caller) => questions.flights(message, caller)),
    GetFlightInfo: one((message, caller) => questions.flight(message, caller)),
    GetSchema: one((message, caller) => questions.schema(message, caller)),
    DoExchange: publish,
    DoAction: many((message, caller) => only(questions.act(message, caller))),
    ListActions: many(() => questions.actions()),
    Handshake: unimplemented(
      "Handshake is not offered: send the header `authorization: Bearer <token>` with each call.",
    ),
    PollFlightInfo: unimplemented("PollFlightInfo is not offered: call GetFlightInfo."),
    DoGet: unimplemented("DoGet is not offered: this server publishes to Dataverse and does not read rows from it."),
    DoPut: unimplemented("DoPut is not offered: call DoExchange, which returns the rows that failed."),
  };
}

async function* only(answer: Promise<Buffer>): AsyncGenerator<Buffer> {
  yield await answer;
}

/** Before the first message is read: whoever may not call costs no memory. */
function refuseUnread(call: ServerDuplexStream<Buffer, Buffer>, error: SidecarError): void {
  endWithError(call, error);
  call.resume();
}
