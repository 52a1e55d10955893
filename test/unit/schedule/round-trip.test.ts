import { describe, expect, it } from "vitest";
import { RoundTrip } from "../../../server/schedule/round-trip.ts";

describe("the round trip", () => {
  it("is nothing while nothing is known, so that all of a reply's time is taken for work", () => {
    expect(new RoundTrip().ms).toBe(0);
  });

  it("is what throttle replies take, for which the service does nothing, once there are a few", () => {
    const trip = new RoundTrip();
    trip.read(50);
    trip.throttled(200);
    expect(trip.ms, "one may have been slow by chance").toBeLessThanOrEqual(50);
    for (const ms of [80, 110]) trip.throttled(ms);
    expect(trip.ms).toBe(130);
  });

  it("is no longer than the quickest read of metadata, which the service works on for a while", () => {
    const roundTrip = new RoundTrip();
    for (const ms of [140, 100, 120]) roundTrip.read(ms);
    expect(roundTrip.ms).toBe(100);
  });

  it("is their mean: charges of many short requests add up to what all of them travelled", () => {
    const trip = new RoundTrip();
    for (const ms of [50, 60, 70, 140, 150]) trip.throttled(ms);
    expect(trip.ms).toBe(94);
  });

  it("is the quickest read where a few throttle replies speak for it as well: by nothing would too short an estimate be put right", () => {
    const trip = new RoundTrip();
    trip.read(100);
    for (const ms of [60, 80, 130]) trip.throttled(ms);
    expect(trip.ms).toBe(100);
    for (let i = 0; i < 32; i++) trip.throttled(i % 2 === 0 ? 60 : 100);
    expect(trip.ms, "many err by little").toBeLessThan(85);
  });

  it("is what a few throttle replies take that are all alike, however long reads were worked on", () => {
    const trip = new RoundTrip();
    trip.read(200);
    for (const ms of [50, 51, 52]) trip.throttled(ms);
    expect(trip.ms).toBeLessThan(53);
  });

  it("becomes longer when the network does", () => {
    const trip = new RoundTrip();
    for (let i = 0; i < 60; i++) trip.throttled(20);
    for (let i = 0; i < 40; i++) trip.throttled(60);
    expect(trip.ms).toBe(60);
  });

  it("is never believed to be so long that it hides the work", () => {
    const trip = new RoundTrip();
    for (let i = 0; i < 5; i++) trip.throttled(30_000);
    expect(trip.ms).toBe(250);
  });
});
