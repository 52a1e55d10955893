/**
 * Sends the queries of a search: several in one `$batch`, again with short patience where the service fails some of them. It reads,
 * so nothing here can do harm but to the lane's limits, which it heeds like a write.
 */
import type { Clock } from "../../core/clock.ts";
import { SidecarError } from "../../core/errors.ts";
import { faultClasses, ruleFor } from "../../dataverse/answers/fault-table.ts";
import { classifyReply, lacksPrivilege, readServiceError } from "../../dataverse/answers/faults.ts";
import type { FindBy, FindQuery } from "../../dataverse/finding/find.ts";
import { Search } from "../../dataverse/finding/find.ts";
import type { KeyTexts } from "../../dataverse/keys/find-key.ts";
import { assemble, batchHeaders, getPart } from "../../dataverse/wire/batch-body.ts";
import type { PartReply } from "../../dataverse/wire/batch-reply.ts";
import { readBatchReply } from "../../dataverse/wire/batch-reply.ts";
import type { JsonObject } from "../../dataverse/wire/operation.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Reply } from "../../transport/http.ts";
import type { Trail } from "../../transport/retry.ts";
import { SendFailure } from "../../transport/retry.ts";

/** Some thousand keys: a request of well below a second, whose reply is some megabytes at most. */
const queriesPerRequest = 16;
/** GETs of one row each. */
const rowsPerRequest = 200;
/** In a row, of requests none of whose queries was answered. */
const attemptsMax = { patient: 4, short: 2 } as const;
const backoffMs = 1000;

export interface FinderOptions {
  readonly clock: Clock;
  /** Short: rows wait for the answer that would go again without it. */
  readonly patience: "patient" | "short";
  /** Aborted when nothing more may be sent. */
  readonly signal: AbortSignal;
  /** Every exchange with the service, for the summary. */
  readonly learn: (trail: Trail) => void;
}

export class Finder {
  readonly #options: FinderOptions;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /**
   * The rows of each key, in the order of the keys: none, the one, or two of an ambiguous key. Numbers are exact texts.
   * @throws SidecarError `row_rejected` or `row_forbidden` when the service refuses the query, `credentials_rejected`,
   *   `principal_forbidden`, `deadline_passed` when patience ran out; the signal's reason.
   */
  async find(by: FindBy, keys: readonly KeyTexts[], lane: Lane): Promise<readonly (readonly JsonObject[])[]> {
    const search = new Search(by, keys);
    let open = search.next(queriesPerRequest);
    for (let failures = 0; open.length > 0; ) {
      const left = await this.#ask(search, open, lane);
      failures = left.length < open.length ? 0 : failures + 1;
      if (failures >= attemptsMax[this.#options.patience]) throw unanswered();
      if (failures > 0) await this.#options.clock.sleep(backoffMs * 2 ** failures, this.#options.signal);
      open = [...left, ...search.next(queriesPerRequest - left.length)];
    }
    return search.rows;
  }

  /**
   * The replies to GETs of single rows, each a part of its own, in their order, as they are.
   * @throws as `find`.
   */
  async get(gets: readonly Buffer[], lane: Lane): Promise<readonly PartReply[]> {
    const replies: PartReply[] = [];
    for (let at = 0; at < gets.length; at += rowsPerRequest) {
      const chunk = gets.slice(at, at + rowsPerRequest);
      const parts = await this.#send(chunk, lane);
      if (parts.length < chunk.length) throw unanswered();
      // The row is read again when it is sent again, behind the gate.
      for (const part of parts) if (part.status === 429) lane.heed(part);
      replies.push(...parts);
    }
    return replies;
  }

  /** Resolves with the queries that were not answered. */
  async #ask(search: Search, queries: readonly FindQuery[], lane: Lane): Promise<readonly FindQuery[]> {
    const replies = await this.#send(
      queries.map(({ path }) => getPart(path)),
      lane,
    );
    return queries.filter((query, i) => {
      const reply = replies[i];
      return reply === undefined || !this.#isRead(search, query, { reply, lane });
    });
  }

  #isRead(
    search: Search,
    query: FindQuery,
    { reply, lane }: { readonly reply: PartReply; readonly lane: Lane },
  ): boolean {
    if (reply.status === 200) return search.read(query, reply.body.toString("utf8"));
    const { code, message } = readServiceError(reply.body);
    const rule = ruleFor(reply.status, code, message);
    const { attempt, again } = faultClasses[rule.fault];
    if (attempt.remedy === "gate") lane.heed(reply);
    if (attempt.remedy === "stop") throw unreadable(code);
    if (!again) throw refused(code, reply.status);
    return false;
  }

  /** @param spared names of application users that may not read all of it. */
  async #send(gets: readonly Buffer[], lane: Lane, spared: readonly string[] = []): Promise<readonly PartReply[]> {
    const { signal, learn, patience } = this.#options;
    const request = {
      method: "POST",
      path: "$batch",
      headers: batchHeaders,
      body: assemble(gets),
    } as const;
    try {
      const trip = { signal, spared, operations: gets.length };
      const reply = await lane.send(request, patience === "short" ? { ...trip, patience } : trip);
      learn(reply);
      const parts = partsOf(reply, gets.length);
      const others = parts.some(lacksPrivilege) ? lane.forbidden() : undefined;
      return others === undefined ? parts : await this.#send(gets, lane, others);
    } catch (thrown) {
      if (thrown instanceof SendFailure) learn(thrown.trail);
      throw thrown;
    }
  }
}

/** None where the reply cannot be read. */
function partsOf(reply: Reply, expected: number): readonly PartReply[] {
  const { code, remedy } = classifyReply(reply);
  if (remedy === "stop") throw forbidden(readServiceError(reply.body).code);
  if (remedy !== "none") return [];
  if (code !== "answered") throw refused(readServiceError(reply.body).code, reply.status);
  try {
    return readBatchReply(reply.headers["content-type"] ?? "", reply.body, expected);
  } catch (thrown) {
    if (thrown instanceof SidecarError && thrown.code === "outcome_unknown") return [];
    throw thrown;
  }
}

function unanswered(): SidecarError {
  return new SidecarError("deadline_passed", "The service did not answer queries for rows by their keys.");
}

/** Of one table among those that a request reads. */
function unreadable(code: string): SidecarError {
  return new SidecarError("row_forbidden", `The application user may not look rows up by this key (${code}).`, {
    remedy: "Give it a security role that reads the table.",
  });
}

function forbidden(code: string): SidecarError {
  return new SidecarError(
    "principal_forbidden",
    `The service forbids this application user to read rows by their keys (${code}).`,
    { remedy: "Give it a security role that reads the table and those that lookups point to, then resume the run." },
  );
}

function refused(code: string, status: number): SidecarError {
  return new SidecarError("row_rejected", `The service refused to look rows up by this key (${status} ${code}).`, {
    remedy: "Match on an alternate key or the primary key.",
  });
}
