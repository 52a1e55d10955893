/** A web server of an environment, as its affinity cookie names it. The cookie is never logged. */
export interface Server {
  /** From 1 to 64, in the order of their discovery; that of a server that was forgotten is given again. For people and metrics. */
  readonly number: number;
  readonly cookie: string;
  /** A server whose cookie led elsewhere when this one was met: perhaps the same one, which a deployment has given a new cookie. */
  readonly before?: Server;
}
