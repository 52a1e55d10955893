import { describe, expect, it } from "vitest";
import { ask, guid } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const [id, other] = [guid(1), guid(2)];

describe("a row in place of a bound URL", () => {
  it("is created with the row that points to it", async () => {
    const emulator = environment();
    const reply = await ask(emulator, "POST accounts", {
      accountid: id,
      primarycontactid: { contactid: other, lastname: "Y" },
    });
    expect(outcome(reply)).toBe("204");
    expect(reply.headers["odata-entityid"]).toContain(`accounts(${id})`);
    expect(rowOf(emulator, "account", id)?.["primarycontactid"]).toEqual({ table: "contact", id: other });
    expect(emulator.counts().tables["contact"]).toMatchObject({ creates: 1 });
  });

  it("is not created if the row is refused", async () => {
    const emulator = environment();
    const body = { name: "Bad", primarycontactid: { lastname: "Y" }, contact_customer_accounts: [{ lastname: "Z" }] };
    expect(outcome(await ask(emulator, "POST accounts", body))).toBe("400 0x80040265");
    expect(emulator.rows("contact")).toEqual([]);
    expect(emulator.counts().effects).toBe(0);
  });

  it("undoes the row if it is refused itself", async () => {
    const emulator = environment();
    const body = { name: "x", primarycontactid: { lastname: "x".repeat(51) } };
    expect(outcome(await ask(emulator, "POST accounts", body))).toBe("400 0x80044331");
    expect(emulator.rows("account")).toEqual([]);
  });

  it("goes several levels deep, but not without end", async () => {
    const nested = (levels: number): object =>
      levels === 0 ? { new_name: "x" } : { new_name: "x", new_Parent: nested(levels - 1) };
    const emulator = environment();
    expect(outcome(await ask(emulator, "POST new_things", nested(3)))).toBe("204");
    expect(emulator.rows("new_thing")).toHaveLength(4);
    expect(outcome(await ask(emulator, "POST new_things", nested(20)))).toBe("400 0x80048d19");
    expect(emulator.rows("new_thing")).toHaveLength(4);
  });

  it.each([{ primarycontactid: { lastname: "Y" } }, { contact_customer_accounts: [{ lastname: "Y" }] }])(
    "is refused with an upsert, though it would create: %j",
    async (body) => {
      const emulator = environment();
      expect(outcome(await ask(emulator, `PATCH accounts(${id})`, body))).toBe("400 0x80060888");
      expect([...emulator.rows("contact"), ...emulator.rows("account")]).toEqual([]);
    },
  );

  it.each([
    { primarycontactid: { lastname: "Y" } },
    { contact_customer_accounts: [{ lastname: "Y" }] },
    { "contact_customer_accounts@odata.bind": [`/contacts(${other})`] },
  ])("is refused with an update: %j", async (body) => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: id });
    await ask(emulator, "POST contacts", { contactid: other, lastname: "Y" });
    expect(outcome(await ask(emulator, `PATCH accounts(${id})`, body))).toBe("400 0x80060888");
    expect(emulator.rows("contact")).toHaveLength(1);
  });

  it("must be a row", async () => {
    const emulator = environment();
    for (const value of ["x", 1, true, []]) {
      expect(outcome(await ask(emulator, "POST accounts", { primarycontactid: value }))).toBe("400 0x80048d19");
    }
    expect(outcome(await ask(emulator, "POST accounts", { contact_customer_accounts: {} }))).toBe("400 0x80048d19");
    expect(outcome(await ask(emulator, "POST accounts", { contact_customer_accounts: [1] }))).toBe("400 0x80048d19");
  });

  it("of a property that several tables share says which it is of", async () => {
    const emulator = environment();
    expect(outcome(await ask(emulator, "POST accounts", { ownerid: { name: "t" } }))).toBe("400 0x80048d19");
  });
});

describe("rows for a collection", () => {
  it("are created and point back", async () => {
    const emulator = environment();
    const contacts = [{ lastname: "Y" }, { lastname: "Z", new_thing_contact: [] }];
    expect(outcome(await ask(emulator, "POST accounts", { accountid: id, contact_customer_accounts: contacts }))).toBe(
      "204",
    );
    expect(emulator.rows("contact").map((row) => row["parentcustomerid"])).toEqual([
      { table: "account", id },
      { table: "account", id },
    ]);
  });

  it("are bound on create", async () => {
    const emulator = environment();
    await ask(emulator, "POST contacts", { contactid: other, lastname: "Y" });
    const body = { accountid: id, "contact_customer_accounts@odata.bind": [`/contacts(${other})`] };
    expect(outcome(await ask(emulator, "POST accounts", body))).toBe("204");
    expect(rowOf(emulator, "contact", other)?.["parentcustomerid"]).toEqual({ table: "account", id });
  });

  it("must be there, and of the right table", async () => {
    const emulator = environment();
    const bind = (uri: unknown) => ask(emulator, "POST accounts", { "contact_customer_accounts@odata.bind": uri });
    expect(outcome(await bind([`/contacts(${other})`]))).toBe("404 0x80040217");
    await ask(emulator, "POST accounts", { accountid: other });
    expect(outcome(await bind([`/accounts(${other})`]))).toBe("400 0x80048d19");
    expect(outcome(await bind("x"))).toBe("400 0x80048d19");
    expect(emulator.rows("account")).toHaveLength(1);
  });

  it("of a many-to-many relationship are linked", async () => {
    const emulator = environment();
    await ask(emulator, "POST contacts", { contactid: other, lastname: "Y" });
    const body = {
      new_thingid: id,
      new_thing_contact: [{ lastname: "Z" }],
      "new_thing_contact@odata.bind": [`contacts(${other})`],
    };
    expect(outcome(await ask(emulator, "POST new_things", body))).toBe("204");
    const links = emulator.rows("new_thing_contact");
    expect(links.map((row) => row["new_thingid"])).toEqual([id, id]);
    expect(new Set(links.map((row) => row["contactid"]))).toEqual(
      new Set(emulator.rows("contact").map((row) => row["contactid"])),
    );
  });

  it("may be added by a POST to the collection", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: id });
    const reply = await ask(emulator, `POST accounts(${id})/contact_customer_accounts`, {
      contactid: other,
      lastname: "Y",
    });
    expect(reply.headers["odata-entityid"]).toContain(`contacts(${other})`);
    expect(rowOf(emulator, "contact", other)?.["parentcustomerid"]).toEqual({ table: "account", id });
  });
});

describe("parties of an activity", () => {
  const email = {
    activityid: id,
    subject: "s",
    email_activity_parties: [
      { "partyid_contact@odata.bind": `/contacts(${other})`, participationtypemask: 2 },
      { addressused: "x@example.com", participationtypemask: 3 },
    ],
  };

  it("are created with it", async () => {
    const emulator = environment();
    await ask(emulator, "POST contacts", { contactid: other, lastname: "Y" });
    expect(outcome(await ask(emulator, "POST emails", email))).toBe("204");
    expect(emulator.rows("activityparty")).toMatchObject([
      { activityid: { table: "email", id }, partyid: { table: "contact", id: other }, participationtypemask: 2 },
      { activityid: { table: "email", id }, addressused: "x@example.com", participationtypemask: 3 },
    ]);
  });

  it.each([
    [{ participationtypemask: 2 }, "400 0x80040203"],
    [{ addressused: "x@example.com", participationtypemask: 14 }, "400 0x8004431a"],
    [{ addressused: "x@example.com" }, "400 0x80040200"],
    [{ "partyid_systemuser@odata.bind": `/systemusers(${other})`, participationtypemask: 1 }, "404 0x80040217"],
  ])("must name somebody and a role: %j", async (party, expected) => {
    const emulator = environment();
    expect(outcome(await ask(emulator, "POST emails", { email_activity_parties: [party] }))).toBe(expected);
    expect(emulator.rows("email")).toEqual([]);
  });

  it("are replaced as a whole", async () => {
    const emulator = environment();
    await ask(emulator, "POST contacts", { contactid: other, lastname: "Y" });
    await ask(emulator, "POST emails", email);
    const value = [{ addressused: "y@example.com", participationtypemask: 1 }];
    expect(outcome(await ask(emulator, `PUT emails(${id})/email_activity_parties`, { value }))).toBe("204");
    expect(emulator.rows("activityparty")).toMatchObject([{ addressused: "y@example.com" }]);
    expect(outcome(await ask(emulator, `PUT emails(${id})/email_activity_parties`, { value: [{}] }))).toContain("400");
    expect(emulator.rows("activityparty")).toHaveLength(1);
  });

  it("are not written as columns", async () => {
    const emulator = environment();
    expect(outcome(await ask(emulator, "POST emails", { to: "x" }))).toBe("400 0x80048d19");
    expect(outcome(await ask(emulator, "POST emails", { to: null }))).toBe("204");
  });

  it("go with the activity", async () => {
    const emulator = environment();
    await ask(emulator, "POST contacts", { contactid: other, lastname: "Y" });
    await ask(emulator, "POST emails", email);
    await ask(emulator, `DELETE emails(${id})`);
    expect(emulator.rows("activityparty")).toEqual([]);
  });

  it("of no other collection are replaced", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: id });
    const reply = await ask(emulator, `PUT accounts(${id})/contact_customer_accounts`, { value: [] });
    expect(reply.status).toBe(405);
  });
});
