/** Between a client and the service on virtual time: the journey there and back, and who sends before a Retry-After that he was told. */
import type { Reply, Send } from "../../server/transport/http.ts";
import { assertMayLeave } from "../../server/transport/http.ts";
import { readRetryAfter } from "../../server/transport/retry-after.ts";
import { seededChance } from "../../test/emulator/core/chance.ts";
import type { VirtualClock } from "../../test/support/virtual-clock.ts";
import { travelMs } from "./cell.ts";
import type { Service } from "./service.ts";

const longestMs = 3_600_000;

export class Wire {
  /** Requests before a Retry-After that the client had read: to the server that it came from, or to any. */
  early = 0;
  readonly #service: Service;
  readonly #clock: VirtualClock;
  readonly #chance;
  /** By principal, then by affinity cookie: until when. */
  readonly #told = new Map<string, Map<string, number>>();

  constructor(service: Service, clock: VirtualClock, seed: number) {
    this.#service = service;
    this.#clock = clock;
    this.#chance = seededChance(seed ^ 0x7247);
  }

  /** One attempt of `principal`. */
  sender(principal: string): Send {
    const told = new Map<string, number>();
    this.#told.set(principal, told);
    return async ({ method, path, headers, body = "" }, trip) => {
      assertMayLeave(trip);
      const cookie = headers["cookie"];
      const untils = cookie === undefined ? [...told.values()] : [told.get(cookie) ?? 0];
      if (untils.some((until) => this.#clock.now() < until)) this.early += 1;
      const travelledMs = travelMs.least + this.#chance.next() * (travelMs.most - travelMs.least);
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      await this.#clock.sleep(travelledMs / 2);
      const reply = await this.#service.answer(principal, {
        method,
        url: `/api/data/v9.2/${path}`,
        headers: lower,
        body,
      });
      await this.#clock.sleep(travelledMs / 2);
      if (reply.status === 429) this.#tell(told, reply, cookie);
      return reply;
    };
  }

  #tell(told: Map<string, number>, reply: Reply, asked = ""): void {
    const [cookie = asked] = (reply.headers["set-cookie"] ?? "").split(";", 1);
    const wait = readRetryAfter(reply.headers, longestMs);
    if (typeof wait === "number") told.set(cookie === "" ? asked : cookie, this.#clock.now() + wait);
  }
}
