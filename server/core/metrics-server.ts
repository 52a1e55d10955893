/** Serves the metrics as Prometheus text over plain HTTP; nothing else, and nothing to write. */
import { createServer } from "node:http";
import { cannotListen } from "./listening.ts";
import type { Metrics } from "./metrics.ts";

export interface MetricsServer {
  /** With the port that was bound, e.g. `http://127.0.0.1:9464/metrics`. */
  readonly location: string;
  close(): void;
}

/** @throws SidecarError `overloaded` when the address cannot be bound. */
export function serveMetrics(
  metrics: Metrics,
  at: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end("The metrics are at /metrics.\n");
      return;
    }
    metrics.exposition().then(
      (text) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const address = `${at.host}:${at.port}`;
      reject(cannotListen({ what: "The server of metrics", address, setting: "metrics" }, cause));
    });
    server.listen(at.port, at.host, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : at.port;
      resolve({
        location: `http://${at.host.includes(":") ? `[${at.host}]` : at.host}:${port}/metrics`,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
