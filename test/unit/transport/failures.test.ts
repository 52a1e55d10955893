import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { failureBeforeSending, failureOnTheWire } from "../../../server/transport/failures.ts";

const peer = { host: "contoso.example:8443", setting: "authority" } as const;
const withCode = (code: string): Error => Object.assign(new Error("low-level text"), { code });

describe("failureBeforeSending", () => {
  it.each([
    ["ECONNREFUSED", "Nothing listens"],
    ["ENOTFOUND", "not known to DNS"],
    ["UND_ERR_CONNECT_TIMEOUT", "in time"],
    ["CERT_HAS_EXPIRED", "not valid now"],
    ["CERT_NOT_YET_VALID", "not valid now"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "for another host name"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "not trusted"],
    ["CERT_SIGNATURE_FAILURE", "not trusted"],
    ["EWHATEVER", "EWHATEVER"],
  ])("tells %s in words", (code, words) => {
    const failure = failureBeforeSending(withCode(code), peer);
    expect(failure.code).toBe("unavailable");
    expect(failure.message).toContain(words);
    expect(failure.message).toContain(peer.host);
    expect(failure.remedy).not.toBe("");
  });

  it("names the setting to look at", () => {
    expect(failureBeforeSending(withCode("ECONNREFUSED"), peer).remedy).toContain("`authority`");
  });

  it("names the first of several addresses that failed", () => {
    expect(failureBeforeSending(new AggregateError([withCode("ECONNREFUSED")]), peer).message).toContain(
      "Nothing listens",
    );
  });

  it("never says unknown of what was not sent", () => {
    expect(failureBeforeSending(new SidecarError("outcome_unknown", "time is up"), peer).code).toBe("unavailable");
  });
});

describe("failureOnTheWire", () => {
  it("is an unknown outcome, whatever the error", () => {
    expect(failureOnTheWire(withCode("ECONNREFUSED")).code).toBe("outcome_unknown");
  });

  it("keeps our own words", () => {
    const error = new SidecarError("outcome_unknown", "time is up");
    expect(failureOnTheWire(error)).toBe(error);
  });
});
