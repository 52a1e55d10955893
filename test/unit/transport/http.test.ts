import { describe, expect, it } from "vitest";
import type { Layer } from "../../../server/transport/http.ts";
import { assertMayLeave, compose } from "../../../server/transport/http.ts";
import { replyOf, request, tripOf } from "./scripted.ts";

describe("compose", () => {
  it("puts the first layer outermost", async () => {
    const order: string[] = [];
    const named =
      (name: string): Layer =>
      (next) =>
      (sent, trip) => {
        order.push(name);
        return next(sent, trip);
      };
    await compose(() => Promise.resolve(replyOf(200)), [named("outer"), named("inner")])(request, tripOf());
    expect(order).toEqual(["outer", "inner"]);
  });
});

describe("assertMayLeave", () => {
  it("throws the signal's reason once the trip is aborted", () => {
    const reason = new Error("gone");
    expect(() => assertMayLeave(tripOf({ signal: AbortSignal.abort(reason) }))).toThrow(reason);
  });

  it("throws throttled while a gate holds the request back", () => {
    expect(() => assertMayLeave(tripOf({ mayLeave: () => false }))).toThrow(
      expect.objectContaining({ code: "throttled" }),
    );
  });

  it("lets a request leave that nothing holds", () => {
    expect(() => assertMayLeave(tripOf({ mayLeave: () => true }))).not.toThrow();
  });
});
