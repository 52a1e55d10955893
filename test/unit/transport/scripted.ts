/** A `Send` that answers from a list, and the words to write such lists. */
import type { Reply, Request, Send, Trip } from "../../../server/transport/http.ts";

export function replyOf(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: Buffer.alloc(0) };
}

export const request: Request = { method: "POST", path: "$batch", headers: {} };

export function tripOf(more: Partial<Trip> = {}): Trip {
  return { signal: new AbortController().signal, ...more };
}

/** Answers in turn, the last answer for ever; `requests` are those that arrived. */
export function scripted(...answers: readonly (Reply | Error)[]): { send: Send; requests: Request[] } {
  const requests: Request[] = [];
  const send: Send = (sent) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(sent);
    return answer instanceof Error || answer === undefined ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { send, requests };
}
