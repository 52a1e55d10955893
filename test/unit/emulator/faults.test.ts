import { describe, expect, it } from "vitest";
import {
  ask,
  askRaw,
  batch,
  codeOf,
  emulatorWith,
  goOn,
  guid,
  multipart,
  part,
  partStatuses,
  replyOf,
  VirtualClock,
} from "./support.ts";

const three = [1, 2, 3].map((number) => part("POST accounts", { accountid: guid(number) }));

async function played(fault: Readonly<Record<string, unknown>>) {
  const emulator = emulatorWith();
  emulator.faults.add([fault]);
  const answer = await askRaw(emulator, "POST $batch", multipart(three), goOn);
  return { emulator, answer, rows: emulator.rows("account").length };
}

describe("a fault", () => {
  it("reset_before applies nothing", async () => {
    const { answer, rows } = await played({ effect: "reset_before" });
    expect([answer, rows]).toEqual([{ reset: true }, 0]);
  });

  it("lose_reply applies everything", async () => {
    const { answer, rows } = await played({ effect: "lose_reply" });
    expect([answer, rows]).toEqual([{ reset: true }, 3]);
  });

  it("lose_reply applies as many operations as it says", async () => {
    const { answer, rows } = await played({ effect: "lose_reply", applied: 2 });
    expect([answer, rows]).toEqual([{ reset: true }, 2]);
  });

  it("status answers without applying", async () => {
    const { answer, rows } = await played({ effect: "status", status: 503, body: "html", retry_after: "-5" });
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "-5", "content-type": "text/html" } });
    expect(rows).toBe(0);
  });

  it("status speaks the service's words", async () => {
    const { answer } = await played({ effect: "status", status: 500 });
    expect(codeOf(replyOf(answer))).toBe("0x80044150");
    expect(replyOf(answer).body).toContain("Sql Number: 1205");
  });

  it("status can be empty", async () => {
    const { answer } = await played({ effect: "status", status: 502, body: "empty" });
    expect(answer).toMatchObject({ status: 502, body: "" });
  });

  it("part_status refuses its parts only", async () => {
    const { answer, rows } = await played({ effect: "part_status", parts: [1], status: 429, retry_after: 2 });
    const reply = replyOf(answer);
    expect(partStatuses(reply)).toEqual([204, 429, 204]);
    expect(reply.body).toContain("HTTP/1.1 429 Unknown Status Code\r\n");
    expect(reply.body).toContain("Retry-After: 2\r\n");
    expect(reply.body).toContain('"ErrorCode":"0x80072322"');
    expect(rows).toBe(2);
  });

  it("truncate_reply applies and breaks off inside the body", async () => {
    const { answer, rows } = await played({ effect: "truncate_reply", bytes: 40 });
    expect(answer).toMatchObject({ status: 200, cut: 40 });
    expect(rows).toBe(3);
  });

  it.each([
    ["missing_part", [204, 204]],
    ["doubled_part", [204, 204, 204, 204]],
    ["swapped_parts", [204, 204, 204]],
  ])("malformed_multipart %s", async (how, statuses) => {
    const { answer, rows } = await played({ effect: "malformed_multipart", how, part: 1 });
    expect(partStatuses(replyOf(answer))).toEqual(statuses);
    expect(rows).toBe(3);
  });

  it("malformed_multipart can lie about its boundary, its end and its line ends", async () => {
    const boundary = (body: string): string => /^--(\S+)/.exec(body)?.[1] ?? "";
    const wrong = replyOf((await played({ effect: "malformed_multipart", how: "wrong_boundary" })).answer);
    expect(wrong.headers["content-type"]).not.toContain(boundary(wrong.body));
    const open = replyOf((await played({ effect: "malformed_multipart", how: "no_end" })).answer).body;
    expect(open).not.toContain(`--${boundary(open)}--`);
    expect(replyOf((await played({ effect: "malformed_multipart", how: "lf_only" })).answer).body).not.toContain(
      "\r\n",
    );
  });

  it.each([
    ["before", 0],
    ["after", 1],
  ])("slow waits %s the rows are written", async (when, rowsMeanwhile) => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    emulator.faults.add([{ effect: "slow", ms: 5000, when }]);
    const answer = ask(emulator, "POST accounts", { name: "x" });
    await clock.advance(4999);
    expect(emulator.rows("account")).toHaveLength(rowsMeanwhile);
    await clock.advance(1);
    expect((await answer).status).toBe(204);
    expect(emulator.rows("account")).toHaveLength(1);
  });

  it("revoke_tokens makes every old token worthless", async () => {
    const emulator = emulatorWith({ auth: true });
    const [principal] = emulator.principals;
    if (principal === undefined) {
      throw new Error("no principal");
    }
    const authorization = `Bearer ${emulator.tokens.issue(principal)}`;
    expect((await ask(emulator, "GET WhoAmI", "", { authorization })).status).toBe(200);
    emulator.faults.add([{ effect: "revoke_tokens" }]);
    expect((await ask(emulator, "GET WhoAmI", "", { authorization })).status).toBe(401);
    expect((await ask(emulator, "GET WhoAmI", "", { authorization })).status).toBe(401);
    expect(
      (await ask(emulator, "GET WhoAmI", "", { authorization: `Bearer ${emulator.tokens.issue(principal)}` })).status,
    ).toBe(200);
  });

  it("429 with a Retry-After makes what follows early", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    emulator.faults.add([{ effect: "status", status: 429, retry_after: 3 }]);
    await ask(emulator, "GET WhoAmI");
    await clock.advance(2999);
    await ask(emulator, "GET WhoAmI");
    await clock.advance(1);
    await ask(emulator, "GET WhoAmI");
    expect(emulator.counts()).toMatchObject({ throttles: 1, early: 1 });
  });
});

describe("a match", () => {
  it("hits the nth matching request and as many as it counts", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "status", status: 503, match: { method: "GET", nth: 2, count: 2 } }]);
    const statuses: number[] = [];
    for (const line of ["GET WhoAmI", "POST accounts", "GET WhoAmI", "GET WhoAmI", "GET WhoAmI"] as const) {
      statuses.push((await ask(emulator, line, "{}")).status);
    }
    expect(statuses).toEqual([200, 204, 503, 503, 200]);
    expect(emulator.faults.left()).toEqual([]);
  });

  it("can mean batches, paths and the token endpoint", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([
      { effect: "status", status: 500, match: { batch: true } },
      { effect: "status", status: 502, match: { path: "accounts\\(" } },
      { effect: "status", status: 504, match: { on: "token" } },
    ]);
    expect((await ask(emulator, "GET WhoAmI")).status).toBe(200);
    expect((await ask(emulator, "GET accounts(accountnumber='x')")).status).toBe(502);
    expect((await batch(emulator, three)).status).toBe(500);
    expect((await ask(emulator, "POST /tenant/oauth2/v2.0/token")).status).toBe(504);
  });

  it("stays until it has been played", () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "slow", ms: 1, match: { nth: 2 } }]);
    expect(emulator.faults.left()).toEqual([{ effect: "slow", ms: 1, match: { nth: 2 }, seen: 0 }]);
  });
});

describe("a fault script", () => {
  it.each([
    [{}, "A fault script is a JSON array of faults."],
    [[{ effect: "explode" }], "Fault 0 has no known effect"],
    [[{ effect: "slow" }], "Fault 0 lacks ms."],
    [[{ effect: "reset_before", nth: 3 }], "Fault 0 has the unknown field nth; known: match, effect,"],
    [[{ effect: "reset_before", match: { nht: 3 } }], "Fault 0.match has the unknown field nht; known: nth,"],
    [[{ effect: "part_status", parts: 1, status: 429 }], "Fault 0.parts has a value that it cannot have."],
  ])("is refused with a sentence: %j", async (script, sentence) => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "POST /__emulator__/faults", script);
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(sentence);
    expect(emulator.faults.left()).toEqual([]);
  });
});
