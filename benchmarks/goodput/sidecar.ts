/** The server's publishing in front of whatever sends for these principals. */
import type { Clock } from "../../server/core/clock.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { Permits } from "../../server/publish/memory/permits.ts";
import type { DataversePublisher } from "../../server/publish/publisher.ts";
import type { Principal } from "../../server/schedule/principals/principal.ts";
import { environmentOf, publisherOf } from "../../test/support/publish/sidecar.ts";
import { request as usual } from "../virtual-service.ts";

export const request: PublishRequest = { ...usual, rowKey: ["bench_number"] };

/** What one stream alone may hold of the permits is about a third, the bodies of its requests beside it. */
const shareOfOne = 3;

/** @param permitBytes of rows that wait to be sent: less than in the server, so that a run has an end soon after its time. */
export function publisherFor(principals: readonly Principal[], clock: Clock, permitBytes: number): DataversePublisher {
  const environment = environmentOf(request.environment, principals, clock);
  return publisherOf({ environment, clock, permits: new Permits(permitBytes * shareOfOne) });
}
