import { describe, expect, it } from "vitest";
import { Bodies } from "../../../../server/publish/memory/bodies.ts";
import { Permits } from "../../../../server/publish/memory/permits.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const never = new AbortController().signal;

/** Requests that end when they are told to. */
class Bench {
  readonly permits = new Permits(100);
  readonly bodies = new Bodies(this.permits);
  readonly sent: string[] = [];
  readonly rested: string[] = [];
  /** What `within` has returned. */
  readonly over: (Promise<void> | undefined)[] = [];
  readonly #end = new Map<string, () => void>();

  send(name: string, bytes: number, signal = never): void {
    const request = (): Promise<void> => {
      this.sent.push(name);
      return new Promise((resolve) => this.#end.set(name, resolve));
    };
    this.over.push(this.bodies.within(bytes, request, signal, () => this.rested.push(name)));
  }

  async end(name: string): Promise<void> {
    this.#end.get(name)?.();
    await new VirtualClock().turn();
  }
}

describe("bodies on their way", () => {
  it("are encoded at once while there is room, and else when a request is over", async () => {
    const bench = new Bench();
    for (const name of ["a", "b", "c"]) bench.send(name, 50);
    expect(bench.sent).toEqual(["a", "b"]);
    await bench.end("b");
    expect(bench.sent).toEqual(["a", "b", "c"]);
  });

  it("hold no lane while they wait: the one that they wait for may need it", async () => {
    const bench = new Bench();
    for (const name of ["a", "b"]) bench.send(name, 60);
    expect([bench.sent, bench.rested]).toEqual([["a"], ["b"]]);
    await bench.end("a");
    expect([bench.sent, bench.rested]).toEqual([["a", "b"], ["b"]]);
  });

  it("have a quarter of the memory whatever else is held, and one goes even if it is larger", async () => {
    const bench = new Bench();
    bench.permits.seize(1000, bench);
    for (const name of ["a", "b", "c"]) bench.send(name, 12);
    expect(bench.sent).toEqual(["a", "b"]);
    await bench.end("a");
    await bench.end("b");
    await bench.end("c");
    bench.send("large", 500);
    expect(bench.sent).toEqual(["a", "b", "c", "large"]);
  });

  it("take no room when there was nothing to send", () => {
    const bench = new Bench();
    expect(
      bench.bodies.within(
        100,
        () => undefined,
        never,
        () => undefined,
      ),
    ).toBeUndefined();
    bench.send("a", 100);
    expect(bench.sent).toEqual(["a"]);
  });

  it("are not encoded for a stream that has halted while it waited", async () => {
    const bench = new Bench();
    const halt = new AbortController();
    bench.send("a", 100);
    bench.send("b", 100, halt.signal);
    halt.abort();
    await bench.over[1];
    await bench.end("a");
    expect(bench.sent).toEqual(["a"]);
  });

  it("give their room back when the request ends by a defect", async () => {
    const bench = new Bench();
    const failing = bench.bodies.within(
      100,
      () => Promise.reject(new Error("defect")),
      never,
      () => undefined,
    );
    await expect(failing).rejects.toThrow("defect");
    bench.send("a", 100);
    expect(bench.sent).toEqual(["a"]);
  });
});
