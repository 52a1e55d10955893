/** Delta tokens as the service writes them: a version and when it was given out, `919042!08/22/2017 08:10:44`. */
import { codes, ServiceError } from "../wire/errors.ts";
import { querySyntaxError } from "./tokens.ts";

/** The service keeps what a token needs for seven days. */
const lifeMs = 7 * 86_400_000;

/** Encoded for a URL. `now`: an instant in UTC. */
export function deltaToken(version: number, now: string): string {
  const [year, month, day] = now.slice(0, 10).split("-");
  const token = `${version}!${month}/${day}/${year} ${now.slice(11, 19)}`;
  return encodeURIComponent(token)
    .replaceAll("!", "%21")
    .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

const form = /^(\d{1,15})!(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)$/;

/** The version from which changes count. Throws the service's 400 for a token that is none or too old. */
export function readDeltaToken(token: string, now: string): number {
  const [, version, month, day, year, time] = form.exec(token) ?? [];
  const given = Date.parse(`${year}-${month}-${day}T${time}Z`);
  if (version === undefined || Number.isNaN(given)) {
    throw querySyntaxError(`The delta token '${token.slice(0, 100)}' is not valid.`);
  }
  if (Date.parse(now) - given > lifeMs) {
    throw expiredToken();
  }
  return Number(version);
}

/** Everything has to be read anew. */
export function expiredToken(): ServiceError {
  return new ServiceError(
    400,
    codes.versionExpired,
    "Version stamp associated with the client has expired. Please perform a full sync.",
  );
}
