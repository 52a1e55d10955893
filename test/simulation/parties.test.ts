/** Parties of activities against the emulator. */
import { describe, expect, it } from "vitest";
import { text } from "../support/columns.ts";
import { partyColumn } from "../support/dataverse/activities.ts";
import { create, idOf, insert, named, play, publish, worldOf } from "./lookup-world.ts";

describe("the parties of an activity", () => {
  it("are created with it, in their roles", async () => {
    const world = worldOf();
    const request = { ...insert, table: "email", rowKey: ["subject"], columns: [] } as const;
    const told = await play(world, async () => {
      await create(world, "contacts", { contactid: idOf(2), lastname: "to" });
      await create(world, "systemusers", { systemuserid: idOf(7), fullname: "Ann Lee" });
      return await publish(world, request, [
        text("subject", ["a", "b", "c", "d"]),
        partyColumn("from", [[{ partyid: idOf(7), table: "systemuser" }], null, [], [{}]]),
        partyColumn("to", [
          [{ partyid: idOf(2), table: "contacts" }, { addressused: "x@example.com" }],
          [{ addressused: "y@example.com" }],
          null,
          null,
        ]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created", "created", "value_not_mappable"]);
    expect(told.messages[3]).toBe("The value for from is a list with a party without partyid and addressused.");
    const stored = world.emulator
      .rows("activityparty")
      .map((row) => `${row["participationtypemask"]} ${named(row["partyid"]) ?? row["addressused"]}`);
    expect(stored.toSorted()).toEqual(
      [`1 systemuser ${idOf(7)}`, `2 contact ${idOf(2)}`, "2 x@example.com", "2 y@example.com"].toSorted(),
    );
  });

  const subjects = text("subject", ["a", "b"]);
  const mails = [subjects, partyColumn("to", [[{ addressused: "x@example.com" }], [{ addressused: "y@example.com" }]])];

  it("makes no party twice: the activity stands, and its parties were made with it", async () => {
    const world = worldOf("lost");
    const request = { ...insert, table: "email", rowKey: ["subject"], columns: [] } as const;
    const told = await play(world, () => publish(world, request, mails));
    expect(told.outcomes).toEqual(["created", "created"]);
    expect(world.emulator.rows("activityparty").length).toBe(2);
  });
});
