import { describe, expect, it, vi } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { cancelled, Fault } from "../../../server/flight/fault.ts";

const never = new Promise<never>(() => {});

describe("Fault", () => {
  it("gives the work's result while nothing is wrong", async () => {
    await expect(new Fault().unless(Promise.resolve(7))).resolves.toBe(7);
  });

  it("lets work take its time, and listens no longer than that", async () => {
    const listeners = [
      vi.spyOn(AbortSignal.prototype, "addEventListener"),
      vi.spyOn(AbortSignal.prototype, "removeEventListener"),
    ];
    const work = Promise.withResolvers<number>();
    const waiting = new Fault().unless(work.promise);
    work.resolve(7);
    await expect(waiting).resolves.toBe(7);
    const [added, removed] = listeners.map(({ mock }) => mock.calls.map(([type, listener]) => [type, listener]));
    expect([added?.length, removed]).toEqual([1, added]);
  });

  it("ends a wait that would not end by itself", async () => {
    const fault = new Fault();
    const waiting = fault.unless(never);
    fault.raise(cancelled("Gone."));
    await expect(waiting).rejects.toMatchObject({ code: "cancelled", message: "Gone." });
  });

  it("is known to whoever comes later", async () => {
    const fault = new Fault();
    fault.raise(cancelled("Gone."));
    await expect(fault.unless(never)).rejects.toThrow("Gone.");
  });

  it("comes before work that is done by then", async () => {
    const fault = new Fault();
    fault.raise(cancelled("Gone."));
    await expect(fault.unless(Promise.resolve(7))).rejects.toThrow("Gone.");
  });

  it("keeps its first reason", async () => {
    const fault = new Fault();
    fault.raise(new SidecarError("superseded", "First."));
    fault.raise(cancelled("Second."));
    await expect(fault.unless(never)).rejects.toThrow("First.");
  });
});
