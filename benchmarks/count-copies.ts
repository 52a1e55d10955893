/**
 * Loaded before the server (`node --import`), for a run that is not timed: counts the bytes that JavaScript copies from one buffer
 * to another, and writes the count where `COPIES_FILE` says when the process ends. What Node, TLS and the kernel copy beneath is not
 * seen; nor is a byte that the encoder makes, which is none that was copied.
 */
import { writeFileSync } from "node:fs";

let copied = 0;

type Method = (this: unknown, ...parameters: never[]) => unknown;

/** Puts `count` in front of a method: it is told the receiver, the parameters and what came of them. */
function watch(
  owner: object,
  name: string,
  count: (receiver: unknown, parameters: readonly unknown[], result: unknown) => number,
): void {
  const original = Reflect.get(owner, name) as Method;
  const counted: Method = function (...parameters) {
    const result = original.apply(this, parameters);
    copied += count(this, parameters, result);
    return result;
  };
  Object.defineProperty(owner, name, { value: counted, writable: true, configurable: true });
}

function bytesOf(value: unknown): number {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : 0;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
watch(typedArray, "set", (_receiver, [source]) => bytesOf(source));
watch(typedArray, "slice", (_receiver, _parameters, result) => bytesOf(result));
watch(ArrayBuffer.prototype, "slice", (_receiver, _parameters, result) => bytesOf(result));
watch(Buffer.prototype, "copy", (_receiver, _parameters, result) => Number(result));
watch(Buffer, "concat", (_receiver, _parameters, result) => bytesOf(result));
watch(Buffer, "copyBytesFrom", (_receiver, _parameters, result) => bytesOf(result));
// Of an ArrayBuffer it is a view, of text it is an encoding.
watch(Buffer, "from", (_receiver, [source], result) => (ArrayBuffer.isView(source) ? bytesOf(result) : 0));

process.on("exit", () => writeFileSync(process.env["COPIES_FILE"] ?? "copies.json", JSON.stringify({ copied })));
