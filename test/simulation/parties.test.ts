/** Parties of activities against the emulator. */
import { describe, expect, it } from "vitest";
import { text } from "../support/columns.ts";
import { partyColumn } from "../support/dataverse/activities.ts";
import { create, idOf, insert, named, play, publish, worldOf } from "./lookup-world.ts";
import type { World } from "./world.ts";

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

describe("an upsert of activities with parties", () => {
  const troubles = ["none", "lost", "late", "reset", "throttled", "gateway", "partly"] as const;
  const one = (nth: number): readonly { readonly addressused: string }[] => [{ addressused: `new${nth}@example.com` }];
  const only = { target: "to", sources: ["to"], onlyOn: "CREATE" } as const;
  const standing = {
    subject: "b",
    description: "old",
    email_activity_parties: [{ addressused: "old@example.com", participationtypemask: 2 }],
  };

  /** What the second and third mail say, and the addresses of each. */
  function mails(world: World): readonly unknown[] {
    return world.emulator
      .rows("email")
      .map(({ activityid, subject, description }) => {
        const own = world.emulator.rows("activityparty").filter((party) => isOf(party["activityid"], activityid));
        return [subject, description, ...own.map(({ addressused }) => addressused)].join(" ");
      })
      .toSorted();
  }

  function isOf(reference: unknown, id: unknown): boolean {
    return named(reference) === `email ${String(id)}`;
  }

  it.each(troubles)("makes those of new ones, and leaves the others theirs: %s", async (trouble) => {
    for (const [matchOn, keys] of [
      ["activityid", [idOf(1), idOf(2), idOf(3)]],
      ["subject", ["a", "b", "c"]],
    ] as const) {
      const said = matchOn === "subject" ? ["description"] : ["subject", "description"];
      const columns = [...new Set([matchOn, ...said])].map((name) => ({ sources: [name], target: name }));
      const request = { table: "email", mode: "UPSERT", matchOn: [matchOn], columns: [...columns, only] } as const;
      for (const nth of [1, 2, 3]) {
        const world = worldOf(...Array.from({ length: nth - 1 }, () => "none" as const), trouble);
        const told = await play(world, async () => {
          await create(world, "emails", { ...standing, activityid: idOf(2) });
          const given = matchOn === "subject" ? [] : [text("subject", ["a", "b", "c"])];
          const batch = [text(matchOn, keys), ...given, text("description", ["1", "2", "3"])];
          return await publish(world, request, [...batch, partyColumn("to", [one(1), one(2), one(3)])]);
        });
        const place = `${matchOn}, request ${nth}`;
        expect(told.outcomes, place).toEqual(["created", "updated", "created"]);
        const expected = ["a 1 new1@example.com", "b 2 old@example.com", "c 3 new3@example.com"];
        expect(mails(world), place).toEqual(expected);
      }
    }
  });
});
