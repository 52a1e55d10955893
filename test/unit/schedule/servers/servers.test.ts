import { describe, expect, it } from "vitest";
import type { Server } from "../../../../server/schedule/servers/server.ts";
import { cookieOf, Servers } from "../../../../server/schedule/servers/servers.ts";
import type { Reply } from "../../../../server/transport/http.ts";

function replyWith(setCookie?: string): Reply {
  return { status: 200, headers: setCookie === undefined ? {} : { "set-cookie": setCookie }, body: Buffer.alloc(0) };
}

/** As a service behind affinity cookies says that `value` answered. */
const from = (value: string): Reply => replyWith(`ARRAffinity=${value}; path=/; secure; HttpOnly`);

function met(servers: Servers, value: string, now = 0): Server {
  const server = servers.answered("app", undefined, from(value), now);
  if (server === undefined) throw new Error("A cookie names a server.");
  return server;
}

describe("the affinity cookie of an answer", () => {
  it.each([
    ["alone", "ARRAffinity=ab12; path=/; secure; HttpOnly"],
    ["without attributes", "ARRAffinity=ab12"],
    ["after others", "ReqClientId=x; expires=Sat, 21-Nov-2076 08:00:00 GMT; path=/, ARRAffinity=ab12; domain=a.b"],
    ["before its twin", "ARRAffinity=ab12; path=/; HttpOnly, ARRAffinitySameSite=ff99; path=/; SameSite=None"],
    ["after its twin", "ARRAffinitySameSite=ff99; path=/; SameSite=None, ARRAffinity=ab12; path=/"],
  ])("is found %s", (_where, header) => {
    expect(cookieOf(replyWith(header))).toBe("ARRAffinity=ab12");
  });

  it("is read to its end, whatever a cookie may hold: half of it would name another server, or none", () => {
    expect(cookieOf(replyWith("ARRAffinity=a%2F|b!{c}:d; path=/"))).toBe("ARRAffinity=a%2F|b!{c}:d");
  });

  it.each([
    ["there is none", undefined],
    ["it is another's", "ARRAffinitySameSite=ff99; path=/"],
    ["it only ends like it", "XARRAffinity=ab12; path=/"],
    ["it is a value of another", "note=ARRAffinity=ab12"],
    ["it is empty", "ARRAffinity=; path=/"],
    ["it is long", `ARRAffinity=${"a".repeat(300)}`],
    ["it would begin another header", "ARRAffinity=\r\nx: y"],
  ])("is not taken where %s", (_why, header) => {
    expect(cookieOf(replyWith(header))).toBeUndefined();
  });
});

describe("the servers behind an environment", () => {
  it("are those whose cookies came, numbered as they were met", () => {
    const servers = new Servers();
    const [first, second] = [met(servers, "aa"), met(servers, "bb")];
    expect([met(servers, "aa"), servers.count]).toEqual([first, 2]);
    expect([first.number, second.number, first.cookie]).toEqual([1, 2, "ARRAffinity=aa"]);
  });

  it("answer in their own name when they set no other cookie", () => {
    const servers = new Servers();
    const first = met(servers, "aa");
    expect(servers.answered("app", first, replyWith(), 0)).toBe(first);
    expect(servers.answered("app", undefined, replyWith(), 0)).toBeUndefined();
  });

  it("are 64 at most: the one that was not heard of for longest is forgotten", () => {
    const servers = new Servers();
    for (let i = 0; i < 64; i++) met(servers, `a${i}`);
    met(servers, "a0");
    met(servers, "new");
    const cookies = servers.known.map(({ cookie }) => cookie);
    expect(cookies).toHaveLength(64);
    expect(cookies).toContain("ARRAffinity=a0");
    expect(cookies).not.toContain("ARRAffinity=a1");
  });

  it("are reached by their own cookie while nothing else is known", () => {
    const servers = new Servers();
    const first = met(servers, "aa");
    expect(servers.way("app", first, 0)).toBe(first);
  });

  it("are reached by the cookie that led there, and no more by one that led elsewhere", () => {
    const servers = new Servers();
    const [first, second] = [met(servers, "aa"), met(servers, "bb")];
    expect(servers.answered("app", first, from("bb"), 0)).toBe(second);
    expect([servers.way("app", first, 1000), servers.way("app", second, 1000)]).toEqual([undefined, second]);
    servers.answered("app", second, from("aa"), 1000);
    expect([servers.way("app", first, 2000), servers.way("app", second, 2000)]).toEqual([second, first]);
  });

  it("keep the ways of each principal apart", () => {
    const servers = new Servers();
    const first = met(servers, "aa");
    servers.answered("app", first, from("bb"), 0);
    expect(servers.way("other", first, 0)).toBe(first);
  });

  it("are tried by their own cookie again after a while, with doubt until an answer settles it", () => {
    const servers = new Servers();
    const first = met(servers, "aa");
    servers.answered("app", first, from("bb"), 0);
    const again = servers.detours.nextEnd(0);
    expect(again).toBeGreaterThanOrEqual(5000);
    expect(again).toBeLessThanOrEqual(30_000);
    expect([servers.way("app", first, again - 1), servers.detours.isDoubted("app", first, again - 1)]).toEqual([
      undefined,
      false,
    ]);
    expect([servers.way("app", first, again), servers.detours.isDoubted("app", first, again)]).toEqual([first, true]);
    servers.answered("app", first, replyWith(), again);
    expect([servers.detours.isDoubted("app", first, again), servers.detours.nextEnd(again)]).toEqual([
      false,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it("are out of reach for long when their cookie leads to the same other server again and again", () => {
    const servers = new Servers();
    const [first, second] = [met(servers, "aa"), met(servers, "bb")];
    for (let i = 0; i < 3; i++) {
      expect(servers.detours.isRemapped("app", first)).toBe(false);
      servers.answered("app", first, from("bb"), i);
    }
    expect([servers.detours.isRemapped("app", first), servers.detours.isRemapped("app", second)]).toEqual([
      true,
      false,
    ]);
    servers.answered("app", first, from("cc"), 4);
    expect(servers.detours.isRemapped("app", first), "of one that drains it leads to any").toBe(false);
  });

  it("that are forgotten take with them what was believed of their cookies", () => {
    const servers = new Servers();
    const first = met(servers, "aa");
    servers.answered("app", first, from("bb"), 0);
    for (let i = 0; i < 64; i++) {
      met(servers, `a${i}`);
      met(servers, `a${i}`);
    }
    expect(servers.detours.nextEnd(0)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("cookies of which none comes again", () => {
  /** Whether servers are known after so many, told by `others` in between. */
  function knownAfter(strangers: number, others: (servers: Servers, nth: number) => void): number {
    const servers = new Servers();
    for (let i = 0; i < strangers; i++) {
      servers.answered("app", undefined, from(`a${i}`), 0);
      others(servers, i);
    }
    servers.answered("app", undefined, from("last"), 0);
    return servers.count;
  }

  it("name no servers, once more came in a row than there may be", () => {
    expect(knownAfter(63, () => undefined)).toBe(64);
    expect(knownAfter(64, () => undefined)).toBe(0);
  });

  it("are no longer looked at", () => {
    const servers = new Servers();
    for (let i = 0; i < 64; i++) met(servers, `a${i}`);
    for (let i = 0; i < 3; i++) expect(servers.answered("app", undefined, from("b"), 0)).toBeUndefined();
  });

  it("name servers all the same where one of them came again", () => {
    expect(knownAfter(100, (servers, nth) => nth === 50 && met(servers, "a50"))).toBe(64);
  });

  it("name servers where one that was sent is left as it is, unless by a refusal", () => {
    const left = (status: number) => (servers: Servers, nth: number) =>
      nth === 50 && servers.answered("app", servers.known[0], { ...replyWith(), status }, 0);
    expect([knownAfter(100, left(200)), knownAfter(100, left(429))]).toEqual([64, 0]);
  });
});

describe("a server that is met when cookies lead elsewhere", () => {
  it("is perhaps the one that was asked for, under a new name", () => {
    const servers = new Servers();
    const [first, second] = [met(servers, "aa"), met(servers, "bb")];
    expect([first.before, second.before]).toEqual([undefined, undefined]);
    expect(servers.answered("app", second, from("cc"), 0)?.before).toBe(second);
    expect(met(servers, "dd").before, "nobody was asked for").toBe(second);
  });

  it("is a new one once they lead to their own again, and where they lead to one that is known", () => {
    const servers = new Servers();
    const [first, second] = [met(servers, "aa"), met(servers, "bb")];
    expect(servers.answered("app", first, from("bb"), 0)).toBe(second);
    servers.answered("app", first, replyWith(), 1);
    expect(met(servers, "cc").before).toBeUndefined();
  });

  it("leaves the other one to be forgotten, once what that has counted is over", () => {
    const servers = new Servers();
    const [gone, here] = [met(servers, "aa"), met(servers, "bb")];
    servers.answered("app", gone, from("bb"), 1000);
    servers.answered("app", here, replyWith(), 300_000);
    expect(servers.known).toContain(gone);
    servers.answered("app", here, replyWith(), 300_001);
    expect(servers.known).toEqual([here]);
  });
});

describe("a server that answered nobody for an hour", () => {
  it("is forgotten, and one that answered without a new cookie is not", () => {
    const servers = new Servers();
    const gone = met(servers, "aa");
    const here = met(servers, "bb");
    servers.answered("app", here, replyWith(), 3_000_000);
    servers.answered("app", here, replyWith(), 3_600_001);
    expect(servers.known).toEqual([here]);
    expect(servers.known).not.toContain(gone);
  });
});
