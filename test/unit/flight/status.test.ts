import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { cleanDetails, codeTrailer, endWithError, statusOf } from "../../../server/flight/status.ts";

describe("cleanDetails", () => {
  it("replaces lone surrogates, which would keep the status from being sent", () => {
    expect(cleanDetails("a\ud800b")).toBe("a\ufffdb");
  });

  it("puts everything on one line", () => {
    expect(cleanDetails("a\r\n\u2028\u001bb")).toBe("a b");
  });

  it("keeps what is just short enough and cuts what is one longer", () => {
    expect(cleanDetails("x".repeat(4096))).toHaveLength(4096);
    expect(cleanDetails("x".repeat(4097)).endsWith("x…")).toBe(true);
  });

  it("counts bytes as they are on the wire, percent-encoded", () => {
    expect(encodeURI(cleanDetails("漢".repeat(2000))).length).toBeLessThanOrEqual(4096);
  });

  it("never cuts a character in two", () => {
    expect(cleanDetails("😀".repeat(1000)).isWellFormed()).toBe(true);
  });
});

describe("statusOf", () => {
  it.each([
    ["invalid_command", status.INVALID_ARGUMENT],
    ["unauthenticated_caller", status.UNAUTHENTICATED],
    ["caller_not_allowed", status.PERMISSION_DENIED],
    ["limit_exceeded", status.RESOURCE_EXHAUSTED],
    ["schema_mismatch", status.FAILED_PRECONDITION],
    ["draining", status.UNAVAILABLE],
    ["superseded", status.ABORTED],
    ["cancelled", status.CANCELLED],
    ["internal", status.INTERNAL],
  ] as const)("gives %s its status", (code, expected) => {
    const reply = statusOf(new SidecarError(code, "Why.", { remedy: "What to do." }));
    expect(reply).toMatchObject({ code: expected, details: `${code}: Why. What to do.` });
    expect(reply.metadata.get(codeTrailer)).toEqual([code]);
  });

  it("calls a Dataverse out of reach overloaded: codes of attempts stay inside", () => {
    expect(statusOf(new SidecarError("unavailable", "Refused.")).details).toBe("overloaded: Refused.");
  });

  it("calls a row's code in the wrong place internal", () => {
    expect(statusOf(new SidecarError("row_missing", "Odd.")).code).toBe(status.INTERNAL);
  });

  it("says when to try again", () => {
    const reply = statusOf(new SidecarError("overloaded", "Later.", { retryAfterMs: 1500 }));
    expect(reply.metadata.get("grpc-retry-pushback-ms")).toEqual(["1500"]);
  });
});

describe("endWithError", () => {
  it("emits, because destroying a call sends no status", () => {
    const emitted: unknown[] = [];
    endWithError(
      { emit: (event, reply) => emitted.push(event, reply.code) > 0 },
      new SidecarError("cancelled", "Gone."),
    );
    expect(emitted).toEqual(["error", status.CANCELLED]);
  });
});
