import { describe, expect, it } from "vitest";
import { targetDetails } from "../../../../server/dataverse/wire/bulk-details.ts";

const list = [{ RequestIndex: 0, StatusCode: 400 }];

function body(name: string, details: unknown): Buffer {
  return Buffer.from(JSON.stringify({ error: { code: "0x80040216", message: "No.", [name]: details } }));
}

describe("the failed targets of a bulk message", () => {
  it.each(["@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails", "Plugin.BulkApiErrorDetails"])(
    "are told under %s, as a list or as a text of one",
    (name) => {
      const exact = [{ RequestIndex: "0", StatusCode: "400" }];
      expect(targetDetails(body(name, list))).toEqual(exact);
      expect(targetDetails(body(name, JSON.stringify(list)))).toEqual(exact);
    },
  );

  it.each([
    ["an empty list", body("Plugin.BulkApiErrorDetails", [])],
    ["no list", body("Plugin.BulkApiErrorDetails", "no")],
    ["another name", body("BulkApiErrorDetails.Other", list)],
    ["no JSON", Buffer.from("<html>")],
    ["a body beyond all measure", Buffer.from(`{"error":{"Plugin.BulkApiErrorDetails":[1]}}${" ".repeat(1 << 20)}`)],
  ])("are not told by %s", (_what, bytes) => {
    expect(targetDetails(bytes)).toBeUndefined();
  });
});
