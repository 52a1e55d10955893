/** The Flight messages that are spoken here, by hand: a generated codec would copy what it writes twice. Fields as in proto/arrow. */
import { readFields, readText, WireWriter } from "./wire-format.ts";

export interface FlightDescriptor {
  readonly type: "unknown" | "path" | "cmd";
  readonly cmd: Buffer;
  readonly path: readonly string[];
}

/** One message of a stream; absent fields are empty. */
export interface FlightData {
  readonly descriptor: FlightDescriptor | undefined;
  /** A bare flatbuffer Message. */
  readonly header: Buffer;
  readonly metadata: Buffer;
  readonly body: Buffer;
}

export interface Action {
  readonly type: string;
  readonly body: Buffer;
}

/** What is known of a table without reading its rows. */
export interface FlightInfo {
  /** An encapsulated IPC message; empty = ask GetSchema. */
  readonly schema: Uint8Array;
  readonly path: readonly string[];
}

const none: Buffer = Buffer.alloc(0);
const pathType = 1;
const cmdType = 2;
const bodyField = 1000;
// Elements of a descriptor's path; ours have two.
const pathLengthMax = 16;

/** @throws SidecarError malformed_arrow, as do all readers here. */
export function readFlightData(message: Buffer): FlightData {
  const data = { descriptor: undefined as FlightDescriptor | undefined, header: none, metadata: none, body: none };
  for (const field of readFields(message)) {
    switch (field.number) {
      case 1:
        data.descriptor = readFlightDescriptor(field.bytes);
        break;
      case 2:
        data.header = field.bytes;
        break;
      case 3:
        data.metadata = field.bytes;
        break;
      case bodyField:
        data.body = field.bytes;
        break;
      default:
      // A field of a later version of Flight.
    }
  }
  return data;
}

/** Copies header and body once. */
export function writeFlightData(data: {
  readonly header?: Uint8Array;
  readonly metadata?: Uint8Array;
  readonly body?: Uint8Array;
}): Buffer {
  return new WireWriter().bytes(2, data.header).bytes(3, data.metadata).bytes(bodyField, data.body).finish();
}

export function readFlightDescriptor(message: Buffer): FlightDescriptor {
  let type: FlightDescriptor["type"] = "unknown";
  let cmd: Buffer = none;
  const path: string[] = [];
  for (const field of readFields(message)) {
    if (field.number === 1) type = descriptorType(field.varint);
    if (field.number === 2) cmd = field.bytes;
    if (field.number === 3 && path.length < pathLengthMax) path.push(readText(field.bytes));
  }
  return { type, cmd, path };
}

function descriptorType(number: number): FlightDescriptor["type"] {
  if (number === pathType) return "path";
  return number === cmdType ? "cmd" : "unknown";
}

export function readAction(message: Buffer): Action {
  let type = "";
  let body: Buffer = none;
  for (const field of readFields(message)) {
    if (field.number === 1) type = readText(field.bytes);
    if (field.number === 2) body = field.bytes;
  }
  return { type, body };
}

/** The criteria's expression as text. */
export function readCriteria(message: Buffer): string {
  let expression = "";
  for (const field of readFields(message)) {
    if (field.number === 1) expression = readText(field.bytes);
  }
  return expression;
}

export function writeResult(body: Uint8Array): Buffer {
  return new WireWriter().bytes(1, body).finish();
}

export function writeActionType(type: string, description: string): Buffer {
  return new WireWriter().text(1, type).text(2, description).finish();
}

/** `schema` is an encapsulated IPC message. */
export function writeSchemaResult(schema: Uint8Array): Buffer {
  return new WireWriter().bytes(1, schema).finish();
}

/** Without endpoints: there is nothing to DoGet. Rows and bytes are said to be unknown. */
export function writeFlightInfo(flight: FlightInfo): Buffer {
  const descriptor = new WireWriter().varint(1, pathType);
  for (const element of flight.path) descriptor.element(3, Buffer.from(element, "utf8"));
  return new WireWriter()
    .bytes(1, flight.schema)
    .element(2, descriptor.finish())
    .unknownCount(4)
    .unknownCount(5)
    .finish();
}
