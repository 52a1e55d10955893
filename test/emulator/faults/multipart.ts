/** A multipart answer with one thing wrong in it. */
import type { WebReply } from "../wire/http.ts";
import type { Damage } from "./script.ts";

/** Anything but a multipart answer stays as it is. `part`: counted from 0. */
export function damaged(reply: WebReply, how: Damage, part: number): WebReply {
  const [, boundary] = /^multipart\/mixed; boundary=(\S+)$/.exec(reply.headers["content-type"] ?? "") ?? [];
  if (boundary === undefined) {
    return reply;
  }
  if (how === "no_boundary") {
    return { ...reply, headers: { ...reply.headers, "content-type": "multipart/mixed" } };
  }
  return { ...reply, body: damagedBody(reply.body, boundary, { how, part }) };
}

function damagedBody(
  body: string,
  boundary: string,
  { how, part }: { readonly how: Exclude<Damage, "no_boundary">; readonly part: number },
): string {
  const end = `--${boundary}--\r\n`;
  const parts = partsOf(body, boundary);
  const hit = parts[part];
  const joined = (changed: readonly string[]): string =>
    changed.map((text) => `--${boundary}\r\n${text}`).join("") + end;
  const changed = (text: (hit: string) => readonly string[]): string =>
    joined(hit === undefined ? parts : parts.toSpliced(part, 1, ...text(hit)));
  switch (how) {
    case "wrong_boundary":
      return body.replaceAll(`--${boundary}`, `--${boundary}x`);
    case "missing_part":
      return changed(() => []);
    case "doubled_part":
      return changed((text) => [text, text]);
    case "swapped_parts":
      return joined(hit === undefined ? parts : [...parts.toSpliced(part, 1), hit]);
    case "no_end":
      return body.slice(0, -end.length);
    case "lf_only":
      return body.replaceAll("\r\n", "\n");
    case "nested_part":
      return changed((text) => [nested(text)]);
    case "junk_prefix":
      return `HTTP/1.1 204 No Content\r\n\r\n--not-the-boundary\r\n\r\n${body}`;
    case "boundary_inside":
      return changed((text) => [`${text}"--${boundary}\r\n"\r\n`]);
    case "bad_status_line":
      return changed((text) => [text.replace(/HTTP\/1\.1 \d+/, "HTTP/1.1 2x4")]);
    case "no_parts":
      return end;
  }
}

/** What stands between the delimiters, line ends included. */
function partsOf(body: string, boundary: string): readonly string[] {
  const [, ...parts] = body.slice(0, body.lastIndexOf(`--${boundary}--`)).split(`--${boundary}\r\n`);
  return parts;
}

function nested(part: string): string {
  return `Content-Type: multipart/mixed; boundary=within\r\n\r\n--within\r\n${part}--within--\r\n`;
}
