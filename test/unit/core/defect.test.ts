import { describe, expect, it } from "vitest";
import { defectFields } from "../../../server/core/defect.ts";
import { SidecarError } from "../../../server/core/errors.ts";

describe("defectFields", () => {
  it("tells where a library's error came from", () => {
    const fields = defectFields(new TypeError("no such thing"));
    expect(fields).toMatchObject({ code: "internal", cause: "no such thing" });
    expect(fields.stack).toContain("defect.test.ts");
  });

  it("tells where an error of ours was made, if it has no cause", () => {
    const fields = defectFields(new SidecarError("internal", "Row 3 settled twice."));
    expect(fields).toMatchObject({ code: "internal", message: "Row 3 settled twice." });
    expect(fields).not.toHaveProperty("cause");
    expect(fields.stack).toContain("defect.test.ts");
  });

  it("tells what was thrown without a stack as far as it can", () => {
    const bare = new Error("bare");
    delete bare.stack;
    expect(defectFields(bare)).toMatchObject({ cause: "bare", stack: "" });
    expect(defectFields("text")).toMatchObject({ code: "internal" });
  });
});
