import { describe, expect, it } from "vitest";
import { Tombstones } from "../../../emulator/rows/tombstones.ts";

describe("tombstones", () => {
  it("tell what was deleted after a version, table by table", () => {
    const tombstones = new Tombstones();
    tombstones.record("account", { id: "a", version: 5 });
    tombstones.record("contact", { id: "b", version: 6 });
    tombstones.record("account", { id: "c", version: 7 });
    expect(tombstones.since("account", 5)?.map(({ id }) => id)).toEqual(["c"]);
    expect(tombstones.since("team", 0)).toEqual([]);
  });

  it("forget the oldest, and then do not know any more what happened before", () => {
    const tombstones = new Tombstones();
    for (let version = 1; version <= 100_001; version += 1) {
      tombstones.record("account", { id: String(version), version });
    }
    expect(tombstones.since("account", 49_999)).toBeUndefined();
    expect(tombstones.since("account", 50_000)).toHaveLength(50_001);
  });
});
