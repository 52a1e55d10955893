/** HTTP for the token endpoint: one origin and no other, whatever address a library asks for. */
import type { Clock } from "../core/clock.ts";
import { SidecarError } from "../core/errors.ts";
import type { TrustedRoots } from "../core/trust.ts";
import { deadline } from "./deadline.ts";
import type { Peer } from "./failures.ts";
import { compose } from "./http.ts";
import { createPool } from "./pool.ts";

/** Token replies are a few KiB; the metadata of an authority is not much larger. */
const tokenReplyBytesMax = 1024 * 1024;
const tokenAttemptMaxMs = 30_000;
/** One token request at a time per principal. */
const tokenConnectionsMax = 4;

export interface PlainReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface PlainRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PlainHttp {
  /** @throws SidecarError `credentials_rejected` for another origin; `unavailable` or `outcome_unknown` without a reply. */
  send(request: PlainRequest): Promise<PlainReply>;
  close(): Promise<void>;
}

export interface PlainOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly trust?: TrustedRoots;
  readonly clock: Clock;
  /** The key of the config that led here; `authority` unless told. */
  readonly setting?: Peer["setting"];
}

/** Follows no redirect; a reply is at most 1 MiB and 30 s long. */
export function plainHttp({ origin, clock, setting = "authority", ...rest }: PlainOptions): PlainHttp {
  const pool = createPool({
    ...rest,
    origin,
    setting,
    servicePath: "/",
    connectionsMax: tokenConnectionsMax,
    replyBytesMax: tokenReplyBytesMax,
  });
  const send = compose(pool.send, [deadline({ clock, attemptMaxMs: tokenAttemptMaxMs })]);
  const { signal } = new AbortController();
  return {
    async send({ method, url, headers, body }) {
      const asked = new URL(url);
      if (asked.origin !== origin) {
        throw new SidecarError("credentials_rejected", `A token was to be fetched from ${asked.origin}.`, {
          remedy: `Only ${origin} of \`${setting}\` is asked; check what it says of its own addresses.`,
        });
      }
      const path = asked.pathname.slice(1) + asked.search;
      const bytes = body === undefined ? {} : { body: Buffer.from(body) };
      const reply = await send({ method, path, headers, ...bytes }, { signal });
      return { status: reply.status, headers: reply.headers, body: reply.body.toString("utf8") };
    },
    close: pool.close,
  };
}
