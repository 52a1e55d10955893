import { describe, expect, it } from "vitest";
import { Whereabouts } from "../../../../server/schedule/servers/whereabouts.ts";
import type { Reply } from "../../../../server/transport/http.ts";
import { jsonReply } from "../../../support/publish/scripted-lane.ts";

const silent = jsonReply(200, {});
const from = (cookie: string): Reply => jsonReply(200, {}, { "set-cookie": `ARRAffinity=${cookie}; path=/` });

describe("where requests come to", () => {
  it("is looked for until answers without a cookie bring nothing new, the longer the more servers there are", () => {
    const whereabouts = new Whereabouts({ affinity: "auto" });
    const answers = (reply: Reply): number => {
      let count = 0;
      for (; whereabouts.isExploring; count += 1) whereabouts.answered("app", undefined, reply, 0);
      return count;
    };
    expect(answers(silent)).toBe(3);
    whereabouts.answered("app", undefined, from("aa"), 0);
    expect(answers(from("aa"))).toBe(7);
  });

  it("is looked for again after fifty requests that went by a cookie", () => {
    const whereabouts = new Whereabouts({ affinity: "auto" });
    const server = whereabouts.answered("app", undefined, from("aa"), 0);
    while (whereabouts.isExploring) whereabouts.answered("app", undefined, from("aa"), 0);
    for (let i = 0; i < 49; i += 1) whereabouts.sent(server);
    expect(whereabouts.isExploring).toBe(false);
    whereabouts.sent(server);
    expect(whereabouts.isExploring).toBe(true);
    whereabouts.sent(undefined);
    expect(whereabouts.isExploring).toBe(false);
  });

  it("is unsure for ten minutes after a cookie led elsewhere", () => {
    const whereabouts = new Whereabouts({ affinity: "auto" });
    const server = whereabouts.answered("app", undefined, from("aa"), 0);
    whereabouts.answered("app", server, silent, 0);
    expect(whereabouts.isMoving(0)).toBe(false);
    whereabouts.answered("app", server, from("bb"), 1000);
    expect([whereabouts.isMoving(600_999), whereabouts.isMoving(601_000)]).toEqual([true, false]);
  });

  it("is told, but no cookie of it", () => {
    const said: unknown[] = [];
    const say = (message: string, fields: unknown): void => void said.push([message, fields]);
    const log = { debug: say, info: say, warn: say };
    const whereabouts = new Whereabouts({ affinity: "auto", log });
    const server = whereabouts.answered("app", undefined, from("aa"), 0);
    whereabouts.answered("app", server, from("bb"), 0);
    expect(said).toEqual([
      ["a web server is found", { principal: "app", server: 1 }],
      ["a web server is found", { principal: "app", server: 2 }],
      ["a cookie led elsewhere", { principal: "app", server: 1, answeredBy: 2 }],
    ]);
  });

  it("is nowhere in particular where cookies are not wanted", () => {
    const whereabouts = new Whereabouts({ affinity: "off" });
    expect([whereabouts.answered("app", undefined, from("aa"), 0), whereabouts.servers.count]).toEqual([undefined, 0]);
  });
});

describe("cookies that name no servers", () => {
  it("are told of once, and no move that they seemed to tell of is remembered", () => {
    const said: string[] = [];
    const log = { debug: (): void => undefined, info: (): void => undefined, warn: (text: string) => said.push(text) };
    const whereabouts = new Whereabouts({ affinity: "auto", log });
    const server = whereabouts.answered("app", undefined, from("c0"), 0);
    for (let i = 1; i < 70; i += 1) whereabouts.answered("app", server, from(`c${i}`), 0);
    expect([whereabouts.servers.count, whereabouts.isMoving(0), said.length]).toEqual([0, false, 1]);
  });
});
