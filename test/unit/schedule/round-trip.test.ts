import { describe, expect, it } from "vitest";
import { RoundTrip } from "../../../server/schedule/round-trip.ts";

describe("the round trip", () => {
  it("is nothing while nothing is known, so that all of a reply's time is taken for work", () => {
    expect(new RoundTrip().ms).toBe(0);
  });

  it("is the quickest throttle reply, for which the service does nothing", () => {
    const trip = new RoundTrip();
    for (const ms of [120, 80, 200]) trip.throttled(ms);
    expect(trip.ms).toBe(80);
  });

  it("is shorter than a read of metadata, which the service works on", () => {
    const trip = new RoundTrip();
    trip.read(100);
    expect(trip.ms).toBeGreaterThan(0);
    expect(trip.ms).toBeLessThan(100);
  });

  it("is told by throttles rather than by reads", () => {
    const trip = new RoundTrip();
    trip.read(10);
    trip.throttled(90);
    expect(trip.ms).toBe(90);
  });

  it("becomes longer when the network does", () => {
    const trip = new RoundTrip();
    trip.throttled(20);
    for (let i = 0; i < 100; i++) trip.throttled(60);
    expect(trip.ms).toBe(60);
  });

  it("is never believed to be so long that it hides the work", () => {
    const trip = new RoundTrip();
    trip.throttled(30_000);
    expect(trip.ms).toBe(250);
  });
});
