/** The right to send, as work sees it: it says what it sends, never by whom or where to. */
import type { Reply } from "../transport/http.ts";
import type { Resend, Trail } from "../transport/retry.ts";

export interface LaneReply extends Reply, Trail {
  /** What the last attempt cost the service: reply time less the round trip. */
  readonly seconds: number;
}

export interface Lane {
  /** Requests of one lane go one after another. @throws as `Resend`. */
  readonly send: (...request: Parameters<Resend>) => Promise<LaneReply>;
  /**
   * A throttle that came inside of a reply, as a part of a `$batch`, is obeyed like one of a whole request.
   * @returns when it is over, in the clock's milliseconds.
   */
  readonly heed: (part: Reply) => number;
  /** Nothing is sent for a while, for the answer to another lane's request is waited for: what was kept free for this one is free. */
  readonly rest: () => void;
  /** A row of the last request was let in: whoever sent it has the privilege. */
  readonly permitted: () => void;
  /**
   * All rows of the last request were refused for want of a privilege.
   * @returns names of those to be spared when the rows go again; undefined when nobody else may be asked.
   */
  readonly forbidden: () => readonly string[] | undefined;
}
