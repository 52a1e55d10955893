/** A request whose options are all as when nothing is said of them. */
import type { PublishRequest } from "../../server/dataverse/request.ts";

export const usualRequest: PublishRequest = {
  environment: "demo",
  table: "account",
  mode: "INSERT",
  matchOn: [],
  runId: "run",
  partition: 0,
  attempt: 0,
  columns: [],
  ignore: [],
  rowKey: [],
  nulls: "CLEAR",
  excess: "REFUSE",
  onMissing: "ACCEPT",
  returning: "FAILED",
  strategy: "AUTO",
  maxFailedRows: 0,
  maxFailedRatio: 0.9,
  endsExplicitly: false,
  rowVersion: "",
  replaceRow: false,
};
