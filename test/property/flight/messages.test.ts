/** Our codec beside the protobuf library, which reads proto/arrow/flight.proto; and hostile bytes. */
import { execFileSync } from "node:child_process";
import type { DescMessage } from "@bufbuild/protobuf";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import {
  readAction,
  readCriteria,
  readFlightData,
  readFlightDescriptor,
  writeActionType,
  writeFlightData,
  writeFlightInfo,
} from "../../../server/flight/messages.ts";
import { flightService } from "../../../server/flight/service.ts";

const built = execFileSync("node_modules/.bin/buf", ["build", "proto", "--output", "-"]);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, built));

function message(name: string): DescMessage {
  const found = registry.getMessage(`arrow.flight.protocol.${name}`);
  if (found === undefined) throw new Error(`proto/arrow has no ${name}.`);
  return found;
}

const bytes = fc.uint8Array({ maxLength: 300 });
const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => value.isWellFormed());

describe("our reading of what the library writes", () => {
  it("gives the same FlightData", () => {
    const parts = fc.record({
      dataHeader: bytes,
      appMetadata: bytes,
      dataBody: bytes,
      cmd: bytes,
      path: fc.array(text),
      type: fc.constantFrom(0, 1, 2),
    });
    fc.assert(
      fc.property(parts, ({ cmd, path, type, ...data }) => {
        const schema = message("FlightData");
        const flightDescriptor = create(message("FlightDescriptor"), { cmd, path, type });
        const read = readFlightData(Buffer.from(toBinary(schema, create(schema, { ...data, flightDescriptor }))));
        expect(new Uint8Array(read.header)).toEqual(data.dataHeader);
        expect(new Uint8Array(read.metadata)).toEqual(data.appMetadata);
        expect(new Uint8Array(read.body)).toEqual(data.dataBody);
        expect(new Uint8Array(read.descriptor?.cmd ?? [])).toEqual(cmd);
        expect(read.descriptor?.path).toEqual(path);
        expect(read.descriptor?.type).toBe((["unknown", "path", "cmd"] as const)[type]);
      }),
    );
  });

  it("gives the same action", () => {
    fc.assert(
      fc.property(text, bytes, (type, body) => {
        const schema = message("Action");
        const read = readAction(Buffer.from(toBinary(schema, create(schema, { type, body }))));
        expect(read.type).toBe(type);
        expect(new Uint8Array(read.body)).toEqual(body);
      }),
    );
  });
});

describe("the library's reading of what we write", () => {
  it("gives the same FlightData", () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (header, metadata, body) => {
        const read = fromBinary(message("FlightData"), Uint8Array.from(writeFlightData({ header, metadata, body })));
        expect(read).toMatchObject({ dataHeader: header, appMetadata: metadata, dataBody: body });
      }),
    );
  });

  it("gives the same FlightInfo and ActionType", () => {
    fc.assert(
      fc.property(bytes, fc.array(text), text, (schema, path, type) => {
        const flight = fromBinary(message("FlightInfo"), Uint8Array.from(writeFlightInfo({ schema, path })));
        expect(flight).toMatchObject({
          schema,
          flightDescriptor: { type: 1, path },
          totalRecords: -1n,
          totalBytes: -1n,
        });
        expect(fromBinary(message("ActionType"), writeActionType(type, "why"))).toMatchObject({
          type,
          description: "why",
        });
      }),
    );
  });
});

describe("hostile bytes", () => {
  it("are read or refused, whatever they are", () => {
    const valid = fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 12 })), (hostile) => {
      for (const read of [readFlightData, readFlightDescriptor, readAction, readCriteria]) {
        try {
          read(Buffer.from(hostile));
        } catch (error) {
          expect(error).toBeInstanceOf(SidecarError);
        }
      }
    });
    fc.assert(valid, { numRuns: 2000 });
  });
});

describe("the service", () => {
  it("has the methods and directions of proto/arrow", () => {
    const service = registry.getService("arrow.flight.protocol.FlightService");
    const declared = service?.methods.map(({ name, methodKind }) => [name, methodKind]);
    const kinds = Object.entries(flightService).map(([name, { requestStream, responseStream }]) => {
      if (requestStream) return [name, "bidi_streaming"];
      return [name, responseStream ? "server_streaming" : "unary"];
    });
    expect(new Map(kinds as [string, string][])).toEqual(new Map(declared as [string, string][]));
  });
});
