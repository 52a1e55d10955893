/** Where metrics are served. */
import { z } from "zod";
import { keys, port } from "./fields.ts";

export const metrics = keys(
  {
    host: z.string().min(1).default("127.0.0.1").describe("Address to serve metrics on."),
    port: port("Port to serve metrics on.").default(9464),
  },
  "Prometheus metrics; absent = off.",
);
