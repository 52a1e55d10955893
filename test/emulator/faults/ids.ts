/** The answer of a bulk message with other ids than its rows have. */
import type { WrongIds } from "./script.ts";

const foreign = "ffffffff-ffff-4fff-8fff-ffffffffffff";

/** A body without a list of ids stays as it is. */
export function withWrongIds(body: string, how: WrongIds): string {
  const answer = readObject(body);
  const name = ["Ids", "Targets", "Responses"].find((candidate) => Array.isArray(answer?.[candidate]));
  if (answer === undefined || name === undefined) {
    return body;
  }
  return JSON.stringify({ ...answer, [name]: wrong(answer[name] as readonly unknown[], how) });
}

function wrong(ids: readonly unknown[], how: WrongIds): readonly unknown[] {
  switch (how) {
    case "too_few":
      return ids.slice(0, -1);
    case "too_many":
      return [...ids, ...ids.slice(-1)];
    case "reordered":
      return ids.toReversed();
    case "foreign":
      return ids.map(() => foreign);
    case "none":
      return [];
  }
}

function readObject(body: string): Readonly<Record<string, unknown>> | undefined {
  if (!body.startsWith("{")) {
    return undefined;
  }
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}
