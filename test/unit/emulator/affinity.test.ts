import { describe, expect, it } from "vitest";
import { seededChance } from "../../emulator/core/chance.ts";
import type { AffinityMode, Route } from "../../emulator/limits/affinity.ts";
import { Affinity } from "../../emulator/limits/affinity.ts";

const servers = 4;

function affinityOf(mode: AffinityMode, compression = 1): { affinity: Affinity; cookies: readonly string[] } {
  const affinity = new Affinity({ servers, mode, compression, seed: 1 }, seededChance(1));
  const cookies = Array.from({ length: servers }, (_unused, server) => {
    const header = affinity.cookie({ server, named: undefined })["set-cookie"] ?? "";
    return header.split(";")[0] ?? "";
  });
  return { affinity, cookies };
}

/** Where each cookie leads a principal, second by second. */
function minutes(mode: AffinityMode, count: number): readonly (readonly Route[])[] {
  const { affinity, cookies } = affinityOf(mode);
  return Array.from({ length: count * 60 }, (_unused, second) =>
    cookies.map((cookie) => affinity.route("p", cookie, second * 1000)),
  );
}

describe("an affinity cookie", () => {
  it("leads to its server, and the answer sets none", () => {
    const { affinity, cookies } = affinityOf("on");
    for (const [server, cookie] of cookies.entries()) {
      const route = affinity.route("p", `ReqClientId=x; ${cookie}; other=1`, 0);
      expect(route).toEqual({ server, named: server });
      expect(affinity.cookie(route)).toEqual({});
    }
  });

  it("that is missing or unknown leads anywhere, and the answer sets one", () => {
    const { affinity } = affinityOf("on");
    for (const cookie of [undefined, "ARRAffinity=abc"]) {
      const seen = new Set(Array.from({ length: 100 }, () => affinity.route("p", cookie, 0).server));
      expect(seen.size).toBe(servers);
      expect(affinity.cookie(affinity.route("p", cookie, 0))).toHaveProperty("set-cookie");
    }
  });

  it("is unknown to a service without affinity", () => {
    const { affinity } = affinityOf("absent");
    const { cookies } = affinityOf("on");
    const routes = Array.from({ length: 100 }, () => affinity.route("p", cookies[0], 0));
    expect(new Set(routes.map(({ server }) => server)).size).toBe(servers);
    expect(routes.every((route) => route.named === undefined)).toBe(true);
    expect(affinity.cookie({ server: 0, named: undefined })).toEqual({});
  });
});

describe("a draining server", () => {
  const seconds = minutes("draining", 20);
  const moved = seconds.map((routes) => routes.filter(({ server, named }) => server !== named));

  it("is one at a time, for 15 s about every minute, and takes nobody", () => {
    expect(Math.max(...moved.map((routes) => routes.length))).toBe(1);
    const share = moved.filter((routes) => routes.length === 1).length / seconds.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
  });

  it("is named by no answer: each names the server that it came from", () => {
    const { affinity, cookies } = affinityOf("draining");
    for (const route of moved.flat()) {
      expect(affinity.cookie(route)["set-cookie"]).toContain(cookies[route.server]);
    }
  });
});

describe("remapped cookies", () => {
  const seconds = minutes("remapped", 20);

  it("lead astray from the first change on, and stay so for about a minute", () => {
    const places = seconds.map((routes) => routes.map(({ server }) => server).join());
    const changes = places.filter((place, second) => second > 0 && place !== places[second - 1]);
    expect(places[0]).toBe("0,1,2,3");
    expect(changes.length).toBeGreaterThan(14);
    expect(changes.length).toBeLessThan(24);
  });

  it("leave some servers without any", () => {
    const reached = seconds.slice(120).map((routes) => new Set(routes.map(({ server }) => server)).size);
    const mean = reached.reduce((sum, size) => sum + size, 0) / reached.length;
    expect(mean).toBeGreaterThan(2.2);
    expect(mean).toBeLessThan(3.2);
  });

  it("go by principal", () => {
    const { affinity, cookies } = affinityOf("moved");
    affinity.route("p", cookies[0], 0);
    const of = (principal: string): string =>
      cookies.map((cookie) => affinity.route(principal, cookie, 100_000).server).join();
    expect(of("p")).not.toBe(of("q"));
    expect(of("p")).toBe(of("p"));
  });
});
