import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { serviceLimits } from "../../emulator/limits/limits.ts";
import { ask, emulatorWith, guid, VirtualClock } from "./support.ts";

/** Both requests run for a second; the second is sent `apart` milliseconds after the first. */
async function twoRequests(
  first: readonly [`${string} ${string}`, object],
  second: readonly [`${string} ${string}`, object],
  apart: number,
): Promise<Emulator> {
  const clock = new VirtualClock();
  const emulator = emulatorWith({ clock, principals: 2 });
  emulator.faults.add([{ effect: "slow", ms: 1000, match: { count: 2 } }]);
  const principal = emulator.principals[1]?.clientId ?? "";
  const answers = [ask(emulator, first[0], first[1])];
  await clock.advance(apart);
  answers.push(ask(emulator, second[0], second[1], { "x-emulator-principal": principal }));
  await clock.advance(1000);
  await clock.advance(1000);
  await Promise.all(answers);
  return emulator;
}

const patch = (number: number, values: object = { name: "x" }) =>
  [`PATCH accounts(${guid(number)})`, values] as const satisfies readonly [`${string} ${string}`, object];

describe("keys touched twice in flight", () => {
  it("are a row that two requests wrote whose times overlap, of whatever principals", async () => {
    const emulator = await twoRequests(patch(1), patch(1, { name: "y" }), 999);
    const { total, examples } = emulator.violations().overlaps;
    expect(total).toBe(1);
    expect(examples).toEqual([
      {
        table: "account",
        key: "primary id",
        values: [guid(1)],
        requests: [1, 2],
        principals: emulator.principals.map(({ clientId }) => clientId),
      },
    ]);
  });

  it("are no rows of their own", async () => {
    expect((await twoRequests(patch(1), patch(2), 10)).violations().overlaps.total).toBe(0);
  });

  it("are not, where one request waited for the other", async () => {
    expect((await twoRequests(patch(1), patch(1), 1000)).violations().overlaps.total).toBe(0);
  });

  it("are an alternate key too, though the row behind it is another", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    emulator.faults.add([{ effect: "slow", ms: 1000, when: "after" }]);
    const first = ask(emulator, "POST accounts", { accountid: guid(1), accountnumber: "A" });
    await clock.advance(10);
    await ask(emulator, `DELETE accounts(${guid(1)})`);
    await ask(emulator, "POST accounts", { accountid: guid(2), accountnumber: "a " });
    await clock.advance(1000);
    await first;
    const { examples } = emulator.violations().overlaps;
    expect(examples.map(({ key, requests }) => [key, ...requests])).toEqual([
      ["primary id", 1, 2],
      ["account_number", 1, 3],
    ]);
  });
});

describe("clients are judged apart", () => {
  const named = (client: string): Record<string, string> => ({
    "x-ms-client-session-id": client,
    "user-agent": "both",
  });

  async function throttled(): Promise<Emulator> {
    const clock = new VirtualClock();
    const limits = { ...serviceLimits, requests: 2 };
    const emulator = emulatorWith({ clock, limits, principals: 2 });
    const other = { "x-emulator-principal": emulator.principals[1]?.clientId ?? "" };
    for (const client of ["one", "one", "one", "two"]) {
      await ask(emulator, "POST accounts", {}, named(client));
      await clock.advance(1);
    }
    await ask(emulator, "POST contacts", {}, { ...named("one"), ...other });
    return emulator;
  }

  it("by principal and name", async () => {
    const emulator = await throttled();
    const [first, second] = emulator.principals.map(({ clientId }) => clientId);
    expect(emulator.violations().clients).toEqual([
      { principal: first, client: "one", requests: 3, early: 0, limited: 1, expired: 0 },
      { principal: first, client: "two", requests: 1, early: 1, limited: 1, expired: 0 },
      { principal: second, client: "one", requests: 1, early: 0, limited: 0, expired: 0 },
    ]);
    expect(emulator.violations({ client: "two" })).toMatchObject({ early: 1, limited: 1 });
    expect(emulator.violations({ principal: second ?? "" })).toMatchObject({ early: 0, limited: 0 });
  });

  it("in counts, requests and effects", async () => {
    const emulator = await throttled();
    const second = emulator.principals[1]?.clientId ?? "";
    const read = async (path: string): Promise<unknown> =>
      JSON.parse((await ask(emulator, `GET /__emulator__/${path}`)).body);
    expect(await read(`counts?principal=${second}`)).toMatchObject({
      requests: 1,
      effects: 1,
      tables: { contact: { creates: 1, rows: 1 }, account: { creates: 0, rows: 2 } },
    });
    expect(await read("counts")).toMatchObject({ requests: 5, throttles: 2, effects: 3 });
    expect(await read("requests?client=two")).toMatchObject({ requests: [{ client: "two", limited: true }], total: 1 });
    expect(await read(`ledger?principal=${second}`)).toMatchObject({ effects: [{ table: "contact" }] });
  });
});

describe("a token used after its life", () => {
  it("is told apart from one that never was, and whose it was", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, auth: true });
    const [principal] = emulator.principals;
    if (principal === undefined) {
      throw new Error("no principal");
    }
    const authorization = `Bearer ${emulator.tokens.issue(principal, 10)}`;
    await ask(emulator, "GET WhoAmI", "", { authorization });
    await clock.advance(10_000);
    await ask(emulator, "GET WhoAmI", "", { authorization });
    await ask(emulator, "GET WhoAmI", "", { authorization: "Bearer nothing" });
    expect(emulator.violations().expired).toBe(1);
    expect(emulator.ledger.requests.map(({ status, principal: whose }) => [status, whose])).toEqual([
      [200, principal.clientId],
      [401, principal.clientId],
      [401, ""],
    ]);
  });
});

describe("token requests", () => {
  it("stand in the ledger, and are counted apart", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST /tenant/oauth2/v2.0/token", "client_id=me");
    await ask(emulator, "GET WhoAmI");
    expect(emulator.counts()).toMatchObject({ requests: 1, tokens: 1 });
    expect(emulator.ledger.requests).toMatchObject([{ kind: "identity", principal: "me" }, { kind: "api" }]);
  });
});
