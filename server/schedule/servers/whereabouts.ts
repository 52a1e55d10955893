/** Which server answered each request, whether there may be more servers than are known, and whether cookies still lead where they did. */
import type { Decisions } from "../../core/log.ts";
import type { Reply } from "../../transport/http.ts";
import type { Server } from "./server.ts";
import { Servers } from "./servers.ts";

/** All servers are taken for known after so many answers in a row that brought no new one: a number, and some for each server. */
const dryLeast = 3;
const dryPerServer = 4;
/** After that, one request in so many goes without a cookie, to look for new ones. */
const exploreEvery = 50;
/** For so long after a cookie led elsewhere, cookies are not relied on: a part of each window is kept for strays. */
const movedMs = 600_000;

export interface WhereaboutsOptions {
  /** `off`: cookies teach nothing. */
  readonly affinity: "auto" | "off";
  readonly log?: Decisions;
}

export class Whereabouts {
  readonly servers = new Servers();
  readonly #options: WhereaboutsOptions;
  #movedAt = Number.NEGATIVE_INFINITY;
  /** Answers in a row, to requests without a cookie, that brought no new server. */
  #dry = 0;
  /** Requests since the last one without a cookie. */
  #sinceExplored = 0;

  constructor(options: WhereaboutsOptions) {
    this.#options = options;
  }

  /** A cookie led elsewhere of late. */
  isMoving(now: number): boolean {
    return now - this.#movedAt < movedMs;
  }

  /** Servers are looked for that are not known yet. */
  get isExploring(): boolean {
    const isDry = this.#dry >= dryLeast + dryPerServer * this.servers.count;
    return !isDry || this.#sinceExplored >= exploreEvery;
  }

  /** A request leaves, with the cookie of `asked`. */
  sent(asked: Server | undefined): void {
    this.#sinceExplored = asked === undefined ? 0 : this.#sinceExplored + 1;
  }

  /** @returns the server that answered; undefined when nothing tells. */
  answered(principal: string, asked: Server | undefined, reply: Reply, now: number): Server | undefined {
    if (this.#options.affinity === "off") return undefined;
    const before = this.servers.count;
    const server = this.servers.answered(principal, asked, reply, now);
    const isNew = this.servers.count > before;
    if (asked === undefined) this.#dry = isNew ? 0 : this.#dry + 1;
    if (server === undefined) {
      if (before > 0 && this.servers.count === 0) this.#nameless();
      return undefined;
    }
    const { log } = this.#options;
    if (isNew) log?.debug("a web server is found", { principal, server: server.number });
    if (asked === undefined || asked === server) return server;
    this.#movedAt = now;
    log?.debug("a cookie led elsewhere", { principal, server: asked.number, answeredBy: server.number });
    return server;
  }

  /** Each answer brought another cookie, and none came again: they name no servers, so requests cannot be addressed. */
  #nameless(): void {
    this.#movedAt = Number.NEGATIVE_INFINITY;
    this.#options.log?.warn("affinity cookies name no servers: another one came with each answer");
  }
}
