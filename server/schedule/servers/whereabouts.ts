/** Where requests come to: which server answered, whether there may be more that no cookie is known of, and whether cookies led astray. */
import type { Decisions } from "../../core/log.ts";
import type { Reply } from "../../transport/http.ts";
import type { Server } from "./server.ts";
import { Servers } from "./servers.ts";

/** Answers without anything new before all servers are taken for known: so many, and so many more for each. */
const dryLeast = 3;
const dryPerServer = 4;
/** Afterwards one request in so many looks for new ones. */
const exploreEvery = 50;
/** For so long after a cookie led elsewhere, some of each window is kept for requests that come to the wrong server. */
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
  #dry = 0;
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

  /** Each answer brought another cookie, and none came again: whoever sent it, requests cannot be addressed. */
  #nameless(): void {
    this.#movedAt = Number.NEGATIVE_INFINITY;
    this.#options.log?.warn("affinity cookies name no servers: another one came with each answer");
  }
}
