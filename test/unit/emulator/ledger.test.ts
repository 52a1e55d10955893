import { describe, expect, it } from "vitest";
import { ask, emulatorWith, guid, VirtualClock } from "./support.ts";

const path = `accounts(${guid(1)})` as const;

async function read(emulator: ReturnType<typeof emulatorWith>, question: string): Promise<unknown> {
  return JSON.parse((await ask(emulator, `GET /__emulator__/${question}`)).body);
}

describe("the ledger", () => {
  it("holds every effect with its time, principal, request, row and values", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    await ask(emulator, "GET WhoAmI");
    await clock.advance(5);
    await ask(
      emulator,
      "POST accounts",
      '{"accountid":"00000000-0000-4000-8000-000000000001","name":"x","creditlimit":1.50}',
    );
    expect([...emulator.ledger.effects]).toEqual([
      {
        sequence: 1,
        time: clock.now(),
        principal: emulator.principals[0]?.clientId,
        server: 0,
        request: 2,
        operation: "create",
        table: "account",
        id: guid(1),
        hash: expect.any(String),
        repeated: false,
        values: { name: "x", creditlimit: "1.5" },
      },
    ]);
  });

  it("names a row by its primary key and leaves that out of the values, even where it is null", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", '{"accountid":null,"name":"x"}');
    expect([...emulator.ledger.effects]).toMatchObject([{ operation: "create", values: { name: "x" } }]);
    expect(emulator.ledger.effects.at(0).values).not.toHaveProperty("accountid");
  });

  it("says that an update repeated the effect before it", async () => {
    const emulator = emulatorWith();
    await ask(emulator, `PATCH ${path}`, '{"name":"x","creditlimit":1.50}');
    await ask(emulator, `PATCH ${path}`, '{"creditlimit":1.5,"name":"x"}');
    await ask(emulator, `PATCH ${path}`, { name: "y" });
    await ask(emulator, `PATCH ${path}`, { name: "x" });
    expect([...emulator.ledger.effects].map(({ operation, repeated }) => [operation, repeated])).toEqual([
      ["create", false],
      ["update", true],
      ["update", false],
      ["update", false],
    ]);
    expect(emulator.counts().tables["account"]).toEqual({ creates: 1, updates: 3, deletes: 0, repeated: 1, rows: 1 });
  });

  it("sees an upsert by key repeated, though creating it also wrote the key", async () => {
    const emulator = emulatorWith();
    for (let time = 0; time < 2; time += 1) {
      await ask(emulator, "PATCH accounts(accountnumber='A')", { name: "x" });
    }
    expect(emulator.counts().tables["account"]?.repeated).toBe(1);
  });

  it("holds no refused operation", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { creditlimit: -1 });
    expect([...emulator.ledger.effects]).toEqual([]);
    expect(emulator.ledger.requests[0]).toMatchObject({ status: 400, method: "POST" });
  });

  it("keeps hashes only where values are not wanted", async () => {
    const emulator = emulatorWith({ keepValues: false });
    await ask(emulator, "POST accounts", { name: "secret" });
    expect(JSON.stringify([...emulator.ledger.effects])).not.toContain("secret");
  });

  it("refuses loudly when it is full, and applies nothing", async () => {
    const emulator = emulatorWith({ entriesMax: 1 });
    await ask(emulator, "POST accounts", {});
    const reply = await ask(emulator, "POST accounts", {});
    expect([reply.status, emulator.rows("account").length]).toEqual([507, 1]);
    expect(reply.body).toContain("The ledger holds 1 requests and takes no more");
  });
});

describe("the side door", () => {
  it("shows effects from a point on, of one table", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", {});
    await ask(emulator, "POST contacts", {});
    await ask(emulator, "POST accounts", {});
    expect(await read(emulator, "ledger?since=1&table=account")).toMatchObject({
      effects: [{ sequence: 3 }],
      total: 3,
    });
  });

  it("shows rows with exact numbers", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_things", '{"new_big":9223372036854775807,"new_price":1.10}');
    const answer = await read(emulator, "rows?table=new_thing");
    expect(answer).toMatchObject({ rows: [{ new_big: "9223372036854775807", new_price: "1.1" }], total: 1 });
  });

  it("shows counts and violations", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", {});
    expect(await read(emulator, "counts")).toMatchObject({
      requests: 1,
      effects: 1,
      tables: { account: { creates: 1 } },
    });
    expect(await read(emulator, "violations")).toMatchObject({ early: 0, requests: [] });
    expect(await read(emulator, "requests")).toMatchObject({ requests: [{ number: 1, status: 204 }], total: 1 });
  });

  it("resets rows, ledger and faults", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountnumber: "A" });
    emulator.faults.add([{ effect: "reset_before", match: { nth: 9 } }]);
    await ask(emulator, "POST /__emulator__/reset");
    expect(emulator.counts()).toMatchObject({ requests: 0, effects: 0 });
    expect([emulator.rows("account"), emulator.faults.left()]).toEqual([[], []]);
    expect((await ask(emulator, "POST accounts", { accountnumber: "A" })).status).toBe(204);
  });

  it.each(["GET /__emulator__/nothing", "POST /__emulator__/nothing", "GET /__emulator__/rows?table=nothing"] as const)(
    "answers 404 to %s",
    async (line) => {
      expect((await ask(emulatorWith(), line)).status).toBe(404);
    },
  );

  it("answers 400 to what is no JSON", async () => {
    expect((await ask(emulatorWith(), "POST /__emulator__/faults", "[")).status).toBe(400);
  });
});

describe("chance", () => {
  it("gives the same ids for the same seed", async () => {
    const ids = async (seed: number): Promise<unknown> => {
      const emulator = emulatorWith({ seed });
      await ask(emulator, "POST accounts", {});
      return emulator.rows("account")[0]?.["accountid"];
    };
    expect(await ids(7)).toBe(await ids(7));
    expect(await ids(7)).not.toBe(await ids(8));
  });
});
