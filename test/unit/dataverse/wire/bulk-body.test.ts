import { describe, expect, it } from "vitest";
import {
  assembleTargets,
  bulkPath,
  openTargets,
  targetsClosing,
  targetsOpening,
} from "../../../../server/dataverse/wire/bulk-body.ts";
import { tableOf } from "../../../support/dataverse/tables.ts";

const target = (text: string): Buffer => Buffer.from(`,{"name":"${text}"}`);
const names = (body: Buffer): readonly unknown[] => JSON.parse(body.toString()).Targets;

describe("the body of a bulk message", () => {
  it("is JSON with the targets in their order", () => {
    expect(names(assembleTargets([target("a"), target("b"), target("c")]))).toEqual([
      { name: "a" },
      { name: "b" },
      { name: "c" },
    ]);
  });

  it("takes targets that opened or followed in another body before", () => {
    const opener = Buffer.from('[{"name":"a"}');
    expect(names(assembleTargets([target("b"), opener]))).toEqual([{ name: "b" }, { name: "a" }]);
  });

  it("opens the array in a body that was encoded in one go", () => {
    const body = Buffer.concat([targetsOpening, target("a"), target("b"), targetsClosing]);
    openTargets(body);
    expect(names(body)).toEqual([{ name: "a" }, { name: "b" }]);
  });

  it("goes to the message of the mode, bound to the entity set", () => {
    const table = tableOf([], { logicalName: "new_reply", entitySetName: "new_replies" });
    expect(bulkPath("UPSERT", table)).toBe("new_replies/Microsoft.Dynamics.CRM.UpsertMultiple");
    expect(bulkPath("INSERT", table)).toBe("new_replies/Microsoft.Dynamics.CRM.CreateMultiple");
    expect(bulkPath("UPDATE", table)).toBe("new_replies/Microsoft.Dynamics.CRM.UpdateMultiple");
    expect(bulkPath("DELETE", table)).toBe("new_replies/Microsoft.Dynamics.CRM.DeleteMultiple");
  });
});
