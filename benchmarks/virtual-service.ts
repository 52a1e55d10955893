/**
 * The server's publishing and transport in front of the emulator, in one process and on virtual time: hours of execution pass in
 * seconds, and what they cost is read off the emulator's own ledger.
 */
import type { RecordBatch } from "../server/arrow/columns.ts";
import type { PublishRequest } from "../server/dataverse/request.ts";
import { isBulkPath } from "../server/dataverse/wire/bulk-body.ts";
import type { Summary } from "../server/publish/publication.ts";
import type { DataversePublisher } from "../server/publish/publisher.ts";
import { deadline } from "../server/transport/deadline.ts";
import type { Send } from "../server/transport/http.ts";
import { compose } from "../server/transport/http.ts";
import type { Emulator } from "../test/emulator/emulator.ts";
import { createEmulator } from "../test/emulator/emulator.ts";
import { readCosts } from "../test/emulator/limits/cost.ts";
import { parseSchema } from "../test/emulator/schema/load.ts";
import { isReset } from "../test/emulator/wire/http.ts";
import { schemaOf } from "../test/support/columns.ts";
import { environmentOf, publisherOf } from "../test/support/publish/sidecar.ts";
import { usualRequest } from "../test/support/usual-request.ts";
import { VirtualClock } from "../test/support/virtual-clock.ts";

const seed = 1;
/** There and back, milliseconds. */
const roundTripMs = 60;
const longestMs = 24 * 3_600_000;

export const request: PublishRequest = {
  ...usualRequest,
  environment: "bench",
  table: "bench_row",
  runId: "bench",
  maxFailedRatio: 1,
};

/** What one publication cost the service, metadata left out. */
export interface Bill {
  readonly summary: Summary;
  /** Requests of each kind, those that read rows among the last. */
  readonly requests: { readonly bulk: number; readonly batch: number; readonly read: number };
  /** Of all of them together, as the emulator charged them. */
  readonly executionSeconds: number;
}

/** A server that has done nothing yet, whose every request goes to `wire`. */
export function publisherBefore(
  wire: Send,
  principals: readonly { readonly clientId: string }[],
  clock: VirtualClock,
): DataversePublisher {
  const send = compose(wire, [deadline({ clock })]);
  const named = principals.map(({ clientId }) => ({ name: clientId, send }));
  return publisherOf({ environment: environmentOf(request.environment, named, clock), clock });
}

export class VirtualService {
  readonly emulator: Emulator;
  readonly #clock = new VirtualClock({ seed });
  #publisher: DataversePublisher;

  /** @param schema YAML of the emulator's tables. @param costs as the emulator's flag `--cost`. */
  constructor(schema: string, costs: string) {
    const clock = this.#clock;
    this.emulator = createEmulator({
      seed,
      auth: false,
      keepValues: false,
      costs: readCosts(costs),
      clock: { now: () => clock.wall(), sleep: (ms) => clock.sleep(ms) },
      ...parseSchema(schema),
    });
    this.#publisher = this.#start();
  }

  /** Another process in front of the same service: it knows nothing of what the first one did. */
  restart(): void {
    this.#publisher = this.#start();
  }

  /** Publishes the record batches as one stream, to its end. */
  async publish(batches: readonly RecordBatch[], asked: Partial<PublishRequest>): Promise<Bill> {
    const before = this.emulator.ledger.requests.length;
    const summary = await this.#clock.run(this.#stream(batches, { ...request, ...asked }), { maxMs: longestMs });
    const records = this.emulator.ledger.requests
      .slice(before)
      .filter(({ path }) => !/\/(EntityDefinitions|sdkmessagefilters|organizations)\b/.test(path));
    const isBulk = ({ path }: { path: string }): boolean => isBulkPath(path.replace("/api/data/v9.2/", ""));
    const isBatch = ({ path }: { path: string }): boolean => path.endsWith("/$batch");
    return {
      summary,
      requests: {
        bulk: records.filter(isBulk).length,
        batch: records.filter(isBatch).length,
        read: records.filter((record) => !isBulk(record) && !isBatch(record)).length,
      },
      executionSeconds: records.reduce((sum, { arrived, answered }) => sum + answered - arrived, 0) / 1000,
    };
  }

  async #stream(batches: readonly RecordBatch[], asked: PublishRequest): Promise<Summary> {
    const [first] = batches;
    if (first === undefined) throw new Error("There is nothing to publish.");
    const publication = await this.#publisher.open(asked, schemaOf(first), () => this.#clock.turn());
    for (const batch of batches) {
      await publication.room(batch.bytes);
      await publication.accept(batch);
    }
    return await publication.end();
  }

  #start(): DataversePublisher {
    return publisherBefore(this.#wire(), this.emulator.principals.slice(0, 1), this.#clock);
  }

  #wire(): Send {
    return async ({ method, path, headers, body = "" }) => {
      await this.#clock.sleep(roundTripMs / 2);
      const answer = await this.emulator.handle({
        method,
        url: `/api/data/v9.2/${path}`,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        body,
      });
      if (isReset(answer)) throw new Error("The emulator reset a connection, though nobody asked it to.");
      await this.#clock.sleep(roundTripMs / 2);
      return { status: answer.status, headers: answer.headers, body: Buffer.from(answer.body) };
    };
  }
}
