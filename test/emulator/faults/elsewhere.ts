/** The host that a redirect leads to: it answers nothing and notes who came, and whether a token came along. */
import type { Clock } from "../core/clock.ts";
import type { WebReply, WebRequest } from "../wire/http.ts";
import { jsonReply, pathOf } from "../wire/http.ts";

export const elsewherePath = "/__elsewhere__";

export interface Visit {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  /** The request carried an Authorization header. */
  readonly authorized: boolean;
}

/** The first visits tell what happened. */
const visitsMax = 1000;

export class Elsewhere {
  readonly visits: Visit[] = [];
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  answer({ method, url, headers }: WebRequest): WebReply {
    if (this.visits.length < visitsMax) {
      const path = pathOf(url).slice(elsewherePath.length);
      this.visits.push({ time: this.clock.now(), method, path, authorized: headers["authorization"] !== undefined });
    }
    return jsonReply(404, { error: { code: "", message: "This is not Dataverse." } });
  }

  clear(): void {
    this.visits.length = 0;
  }
}
