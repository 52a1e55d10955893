/** Reads the `$batch` requests of the server and writes replies to them, a part for each operation. */
import type { Reply, Request } from "../../../server/transport/http.ts";

export interface SentPart {
  readonly method: string;
  /** Within the service root, e.g. `accounts(…)`, with its query. */
  readonly url: string;
  /** As they stand below the request line. */
  readonly headers: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface PartAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The operations of a `$batch`, in their order. */
export function partsOf(request: Request): readonly SentPart[] {
  const text = Buffer.from(request.body ?? []).toString("utf8");
  return text
    .split("--dataverse-flight")
    .slice(1, -1)
    .map((part) => {
      const [, head = "", json = ""] = part.split("\r\n\r\n");
      const [, method = "", url = "", headers = ""] =
        /^(\w+) \/api\/data\/v9\.2\/(\S+) HTTP\/1\.1(?:\r\n(.*))?$/s.exec(head) ?? [];
      return { method, url, headers, body: json.trim() === "" ? {} : (JSON.parse(json) as Record<string, unknown>) };
    });
}

export function batchReply(answers: readonly PartAnswer[]): Reply {
  const parts = answers.map(({ status, headers = {}, body }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const content = body === undefined ? "" : JSON.stringify(body);
    return `--reply\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 ${status} X\r\n${lines.join("")}\r\n${content}\r\n`;
  });
  return {
    status: 200,
    headers: { "content-type": "multipart/mixed; boundary=reply" },
    body: Buffer.from(`${parts.join("")}--reply--\r\n`),
  };
}

/** Answers each operation of the request by itself. */
export function answerEach(request: Request, answer: (part: SentPart, index: number) => PartAnswer): Reply {
  return batchReply(
    partsOf(request).map((part, index) => {
      const given = answer(part, index);
      return given === done && part.method === "GET" ? noRows : given;
    }),
  );
}

export const done: PartAnswer = { status: 204 };
/** What a read finds where nothing else is said. */
const noRows: PartAnswer = { status: 200, body: { value: [] } };
