import { describe, expect, it } from "vitest";
import {
  readAction,
  readCriteria,
  readFlightData,
  readFlightDescriptor,
  writeActionType,
  writeFlightData,
  writeFlightInfo,
  writeResult,
  writeSchemaResult,
} from "../../../server/flight/messages.ts";
import { readFields, WireWriter } from "../../../server/flight/wire-format.ts";

describe("FlightData", () => {
  it("has its body in field 1000", () => {
    const message = writeFlightData({ body: Buffer.from([1]) });
    expect([...message]).toEqual([0xc2, 0x3e, 1, 1]);
  });

  it("reads a body without copying it", () => {
    const message = writeFlightData({ header: Buffer.from("h"), body: Buffer.alloc(1024) });
    expect(readFlightData(message).body.buffer).toBe(message.buffer);
  });

  it("passes over fields of later versions", () => {
    const message = Buffer.concat([
      new WireWriter().text(99, "new").finish(),
      writeFlightData({ metadata: Buffer.from("m") }),
    ]);
    expect(readFlightData(message).metadata).toEqual(Buffer.from("m"));
  });

  it("reads the descriptor within it", () => {
    const descriptor = new WireWriter().varint(1, 2).bytes(2, Buffer.from("{}")).finish();
    const message = new WireWriter().element(1, descriptor).finish();
    expect(readFlightData(message).descriptor).toEqual({ type: "cmd", cmd: Buffer.from("{}"), path: [] });
  });
});

describe("FlightDescriptor", () => {
  it.each([
    [0, "unknown"],
    [1, "path"],
    [2, "cmd"],
    [7, "unknown"],
  ])("of type %i is %s", (type, name) => {
    expect(readFlightDescriptor(new WireWriter().varint(1, type).finish()).type).toBe(name);
  });

  it("keeps no more than 16 elements of a path", () => {
    const descriptor = new WireWriter();
    for (let i = 0; i < 1000; i++) descriptor.element(3, Buffer.from("p"));
    expect(readFlightDescriptor(descriptor.finish()).path).toHaveLength(16);
  });
});

describe("the small messages", () => {
  it("read an action and a criteria", () => {
    expect(readAction(new WireWriter().text(1, "check").text(2, "{}").finish())).toEqual({
      type: "check",
      body: Buffer.from("{}"),
    });
    expect(readCriteria(new WireWriter().text(1, "demo").finish())).toBe("demo");
  });

  it("write what they are given", () => {
    expect(readAction(writeActionType("check", "why")).type).toBe("check");
    expect(readCriteria(writeResult(Buffer.from("body")))).toBe("body");
    expect(readCriteria(writeSchemaResult(Buffer.from("schema")))).toBe("schema");
  });

  it("say that rows and bytes of a flight are unknown", () => {
    const fields = [...readFields(writeFlightInfo({ schema: Buffer.alloc(0), path: ["demo", "account"] }))];
    expect(fields.map(({ number }) => number)).toEqual([2, 4, 5]);
  });
});
