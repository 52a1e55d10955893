/** Bounds of the server, for those who know better than the defaults. */
import { keys, whole } from "./fields.ts";

const mib = 1024 * 1024;

export const limits = keys(
  {
    inflight_bytes_max: whole(
      32 * mib,
      64 * 1024 * mib,
      "Bytes that rows take in memory on their way: 32 MiB or more. Absent: 48 MiB, and 16 MiB for each principal after the first.",
    ).optional(),
    client_stall_timeout_s: whole(
      1,
      86_400,
      "Seconds without a read while outcome rows wait, or within a message.",
    ).default(120),
    progress_timeout_s: whole(1, 86_400, "Seconds without a settled row; time behind a gate not counted.").default(900),
    retry_after_max_s: whole(1, 86_400, "The longest Retry-After that is obeyed, seconds.").default(900),
  },
  "Bounds of the server.",
).transform((read) => ({
  inflightBytesMax: read.inflight_bytes_max,
  clientStallTimeoutMs: read.client_stall_timeout_s * 1000,
  progressTimeoutMs: read.progress_timeout_s * 1000,
  retryAfterMaxMs: read.retry_after_max_s * 1000,
}));
