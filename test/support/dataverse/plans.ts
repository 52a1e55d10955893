/** The whole plan of a row, as it would be sent if every step were applied. */

import { Guid } from "../../../server/core/guid.ts";
import type { FileContent } from "../../../server/dataverse/rows/file-column.ts";
import { Bytes } from "../../../server/dataverse/text/bytes.ts";
import { recordBatch } from "../columns.ts";
import type { Scene } from "./tables.ts";
import { ID, mappingOf } from "./tables.ts";

export interface SentStep {
  readonly step: number;
  /** `PATCH accounts(…)`, without host and version. */
  readonly request: string;
  readonly headers: string;
  readonly body: string;
  readonly file: FileContent | undefined;
}

/** @param after the step that was applied before the first one that is looked at; -1: begin with the first. */
export function planOf(scene: Scene, row = 0, after = -1): readonly SentStep[] | string {
  const mapping = mappingOf(scene);
  const encoder = mapping.encoder("batch");
  encoder.bind(recordBatch(...scene.columns));
  const sent: SentStep[] = [];
  let step = after === -1 ? 0 : encoder.stepAfter(row, after);
  while (step !== undefined) {
    const out = new Bytes(64);
    const failure = encoder.encode(row, step, mapping.mintsIds ? Guid.of(ID) : undefined, out);
    if (failure !== undefined) return failure.message;
    const [, head = "", body = ""] = out.view(0, out.length).toString("utf8").split("\r\n\r\n");
    const [line = "", ...headers] = head.split("\r\n");
    const request = line.replace("/api/data/v9.2/", "").replace(" HTTP/1.1", "");
    sent.push({ step, request, headers: headers.join("; "), body: body.trim(), file: encoder.file?.(row, step) });
    step = encoder.stepAfter(row, step);
  }
  return sent;
}

/** `PATCH accounts(…) {…}` of each step. */
export function requestsOf(scene: Scene, row = 0): readonly string[] | string {
  const steps = planOf(scene, row);
  return typeof steps === "string" ? steps : steps.map(({ request, body }) => `${request} ${body}`.trim());
}
