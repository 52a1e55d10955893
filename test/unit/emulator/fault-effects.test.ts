import { describe, expect, it } from "vitest";
import type { WebReply } from "../../emulator/wire/http.ts";
import {
  ask,
  askRaw,
  batch,
  changeSet,
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

type Script = Readonly<Record<string, unknown>>;

const three = [1, 2, 3].map((number) => part("POST accounts", { accountid: guid(number), name: `row ${number}` }));

async function playedOn(line: `${string} ${string}`, fault: Script, body: unknown = { name: "x" }) {
  const clock = new VirtualClock();
  const emulator = emulatorWith({ clock });
  emulator.faults.add([fault]);
  const answer = await askRaw(emulator, line, body, body === "" ? {} : { "content-type": "application/json" });
  return { emulator, clock, answer, rows: emulator.rows("account").length };
}

async function playedOnBatch(fault: Script, parts: readonly string[] = three) {
  const emulator = emulatorWith();
  emulator.faults.add([fault]);
  const reply = await ask(emulator, "POST $batch", multipart(parts), goOn);
  return { emulator, reply, rows: emulator.rows("account").length };
}

describe("a refusal by name", () => {
  it.each([
    ["deadlock", 500, "0x80044150", "Sql Number: 1205"],
    ["sql_timeout", 500, "0x80044151", "Execution Timeout Expired. CRM ErrorCode: -2147204783"],
    ["request_too_large", 413, "0x8004418a", "too long"],
    ["throttle_time", 429, "0x80072321", "1,200,000 milliseconds"],
    ["throttle_concurrency", 429, "0x80072326", "exceeded the limit of 52"],
    ["message_too_large", 500, "0x80040224", "Message size exceeded"],
    ["not_a_member", 403, "0x80072560", "not a member of the organization"],
  ])("%s", async (error, status, code, words) => {
    const { answer, rows } = await playedOn("POST accounts", { effect: "status", error });
    const reply = replyOf(answer);
    expect([reply.status, codeOf(reply), rows]).toEqual([status, code, 0]);
    expect(reply.body).toContain(words);
  });

  it("can have another status and other words", async () => {
    const { answer } = await playedOn("POST accounts", { effect: "status", error: "lock", status: 400, message: "m" });
    expect(replyOf(answer)).toMatchObject({ status: 400, body: '{"error":{"code":"0x80044339","message":"m"}}' });
  });

  it("has any body", async () => {
    const script = { effect: "status", status: 200, text: "{not json", content_type: "text/plain" };
    const { answer } = await playedOn("POST accounts", script);
    expect(replyOf(answer)).toMatchObject({
      status: 200,
      body: "{not json",
      headers: { "content-type": "text/plain" },
    });
  });

  it("takes the shape of failures above the OData layer", async () => {
    const { answer } = await playedOn("POST accounts", { effect: "status", status: 503, body: "envelope" });
    expect(JSON.parse(replyOf(answer).body)).toMatchObject({ ErrorCode: "0x80040216", Message: expect.any(String) });
  });

  it("401 carries the challenge", async () => {
    const { answer } = await playedOn("POST accounts", { effect: "status", status: 401 });
    expect(replyOf(answer).headers["www-authenticate"]).toMatch(/^Bearer authorization_uri=/);
  });
});

describe("a Retry-After that lies", () => {
  it.each([
    [0, "0"],
    [-5, "-5"],
    [0.5, "0.5"],
    [1e9, "1000000000"],
    ["soon", "soon"],
    [{ date_in_s: 60 }, "Mon, 01 Jan 2024 00:01:00 GMT"],
    [{ date_in_s: -60 }, "Sun, 31 Dec 2023 23:59:00 GMT"],
  ])("%j", async (retryAfter, header) => {
    const { answer } = await playedOn("POST accounts", { effect: "status", status: 429, retry_after: retryAfter });
    expect(replyOf(answer).headers["retry-after"]).toBe(header);
  });

  it("comes twice", async () => {
    const { answer } = await playedOn("POST accounts", { effect: "status", status: 429, retry_after: [1, "600"] });
    expect(replyOf(answer)).toMatchObject({
      headers: { "retry-after": "1" },
      delivery: { repeated: { "retry-after": ["600"] } },
    });
  });

  it.each([
    [{ date_in_s: 60 }, 1],
    [0.5, 0],
    ["soon", 0],
  ])("%j binds whoever can read it", async (retryAfter, early) => {
    const { emulator, clock } = await playedOn(
      "GET WhoAmI",
      { effect: "status", status: 429, retry_after: retryAfter },
      "",
    );
    await clock.advance(10);
    await ask(emulator, "GET WhoAmI");
    expect(emulator.violations().early).toBe(early);
  });
});

describe("a part of a batch", () => {
  it("is refused by what it holds", async () => {
    const { reply, rows } = await playedOnBatch({
      effect: "part_status",
      where: { contains: "row 2" },
      error: "privilege",
    });
    expect([partStatuses(reply), rows]).toEqual([[204, 403, 204], 2]);
  });

  it("is refused by method and table", async () => {
    const parts = [...three, part("POST contacts", { lastname: "a" }), part("GET accounts")];
    const where = { operation: "^POST ", table: "contact" };
    const { reply } = await playedOnBatch({ effect: "part_status", where, error: "deadlock" }, parts);
    expect(partStatuses(reply)).toEqual([204, 204, 204, 500, 200]);
  });

  it("makes its change set fail", async () => {
    const parts = [three[0] ?? "", changeSet(three.slice(1)), part("POST contacts", {})];
    const { emulator, reply, rows } = await playedOnBatch(
      { effect: "fail_change_set", error: "deadlock", at: 1 },
      parts,
    );
    expect([partStatuses(reply), rows]).toEqual([[204, 500, 204], 1]);
    expect(reply.body).toContain("Content-ID: 2");
    expect(emulator.faults.left()).toEqual([]);
  });

  it("of a second change set fails alone", async () => {
    const sets = [changeSet(three.slice(0, 1)), changeSet(three.slice(1))];
    const { reply, rows } = await playedOnBatch({ effect: "fail_change_set", set: 1, error: "sql_timeout" }, sets);
    expect([partStatuses(reply), rows]).toEqual([[204, 500], 1]);
  });
});

describe("an answer that lies about what happened", () => {
  it("200 with an error inside", async () => {
    const { answer, rows } = await playedOn("POST accounts", { effect: "error_inside", error: "unexpected" });
    expect([replyOf(answer).status, codeOf(replyOf(answer)), rows]).toEqual([200, "0x80040216", 0]);
  });

  it("200 with an error inside, applied all the same", async () => {
    const { answer, rows } = await playedOn("POST accounts", { effect: "error_inside", applied: true });
    expect([replyOf(answer).status, replyOf(answer).headers["odata-entityid"], rows]).toEqual([200, undefined, 1]);
  });

  it("204 where 200 is due", async () => {
    const { answer } = await playedOn("GET WhoAmI", { effect: "no_content" }, "");
    expect(replyOf(answer)).toMatchObject({ status: 204, body: "" });
    expect(replyOf(answer).headers).not.toHaveProperty("content-type");
  });

  it.each([
    ["too_few", 1],
    ["too_many", 3],
    ["reordered", 2],
    ["foreign", 2],
    ["none", 0],
  ])("ids of a bulk message: %s", async (how, count) => {
    const rows = [1, 2].map((number) => ({
      "@odata.type": "Microsoft.Dynamics.CRM.account",
      accountid: guid(number),
      name: "x",
    }));
    const path = "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple" as const;
    const { answer, rows: written } = await playedOn(path, { effect: "wrong_ids", how }, { Targets: rows });
    const { Ids: ids } = JSON.parse(replyOf(answer).body) as { Ids: readonly string[] };
    expect([ids.length, written]).toEqual([count, 2]);
    expect(ids).not.toEqual([guid(1), guid(2)]);
  });

  it("headers of its own", async () => {
    const headers = { "X-MS-DOP-Hint": "0", "set-cookie": ["a=1", "b=2"], "OData-EntityId": null };
    const { answer } = await playedOn("POST accounts", { effect: "headers", headers });
    const reply = replyOf(answer);
    expect(reply.headers).toMatchObject({ "x-ms-dop-hint": "0", "set-cookie": "a=1" });
    expect(reply.headers).not.toHaveProperty("odata-entityid");
    expect(reply.delivery?.repeated).toEqual({ "set-cookie": ["b=2"] });
  });

  it("a body that is cut and claims to be whole", async () => {
    const { answer } = await playedOn("GET WhoAmI", { effect: "truncate_reply", bytes: 9, how: "length" }, "");
    expect([replyOf(answer).body.length, replyOf(answer).cut]).toEqual([9, undefined]);
  });

  it.each([
    ["nested_part", /boundary=within\r\n\r\n--within\r\n/],
    ["junk_prefix", /^HTTP\/1\.1 204 No Content\r\n/],
    ["boundary_inside", /"--batchresponse_[^"]+"\r\n/],
    ["bad_status_line", /HTTP\/1\.1 2x4 /],
    ["no_parts", /^--batchresponse_[0-9a-f-]+--\r\n$/],
  ])("malformed_multipart %s", async (how, sign) => {
    const { reply, rows } = await playedOnBatch({ effect: "malformed_multipart", how, part: 1 });
    expect(reply.body).toMatch(sign);
    expect(rows).toBe(3);
  });

  it("malformed_multipart without a boundary in its type", async () => {
    const { reply } = await playedOnBatch({ effect: "malformed_multipart", how: "no_boundary" });
    expect(reply.headers["content-type"]).toBe("multipart/mixed");
  });
});

describe("an answer that is sent in another way", () => {
  it.each<[Script, Partial<WebReply>]>([
    [{ effect: "stale_connection" }, { cut: Number.MAX_SAFE_INTEGER }],
    [{ effect: "slow_body", bytes_per_s: 10 }, { delivery: { bytesPerSecond: 10 } }],
    [{ effect: "endless_body" }, { delivery: { endless: "body" } }],
    [{ effect: "endless_headers" }, { delivery: { endless: "headers" } }],
    [{ effect: "gzip" }, { delivery: { gzip: { bomb: 0 } } }],
    [{ effect: "gzip_bomb", bytes: 7 }, { delivery: { gzip: { bomb: 7 } } }],
  ])("%j is applied", async (fault, sent) => {
    const { answer, rows } = await playedOn("POST accounts", fault);
    expect(replyOf(answer)).toMatchObject({ status: 204, ...sent });
    expect(rows).toBe(1);
  });
});

describe("an outage", () => {
  it("resets every request until it is over, and leaves the side door open", async () => {
    const { emulator, clock, answer } = await playedOn("GET WhoAmI", { effect: "outage", ms: 1000 }, "");
    expect(answer).toEqual({ reset: true });
    await clock.advance(999);
    expect(await askRaw(emulator, "GET WhoAmI")).toEqual({ reset: true });
    expect((await ask(emulator, "GET /__emulator__/counts")).status).toBe(200);
    await clock.advance(1);
    expect((await ask(emulator, "GET WhoAmI")).status).toBe(200);
  });

  it("ends with a reset", async () => {
    const { emulator } = await playedOn("GET WhoAmI", { effect: "outage", ms: 1000 }, "");
    await ask(emulator, "POST /__emulator__/reset");
    expect((await ask(emulator, "GET WhoAmI")).status).toBe(200);
  });
});

describe("a redirect", () => {
  it("names another host, and whoever follows it is seen there", async () => {
    const { emulator, answer, rows } = await playedOn("POST accounts?x=1", { effect: "redirect" });
    const { location = "" } = replyOf(answer).headers;
    expect([replyOf(answer).status, rows]).toEqual([307, 0]);
    expect(location).toBe("https://127.0.0.1/__elsewhere__/api/data/v9.2/accounts?x=1");
    const url = new URL(location);
    await emulator.handle({ method: "POST", url: url.pathname, headers: { authorization: "Bearer x" }, body: "" });
    expect(emulator.violations().elsewhere).toEqual({ visits: 1, authorized: 1 });
    expect(JSON.parse((await ask(emulator, "GET /__emulator__/elsewhere")).body)).toMatchObject({
      visits: [{ method: "POST", path: "/api/data/v9.2/accounts", authorized: true }],
    });
  });

  it("can lead anywhere", async () => {
    const { answer } = await playedOn("GET WhoAmI", { effect: "redirect", status: 302, location: "http://x/" }, "");
    expect(replyOf(answer)).toMatchObject({ status: 302, headers: { location: "http://x/" } });
  });
});

describe("the token endpoint", () => {
  async function tokenFrom(fault: Script) {
    const emulator = emulatorWith({ auth: true });
    emulator.faults.add([{ ...fault, match: { on: "token" } }]);
    const [{ clientId, clientSecret } = { clientId: "", clientSecret: "" }] = emulator.principals;
    const form = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: "https://localhost/.default",
    };
    const body = new URLSearchParams(form).toString();
    const answer = await askRaw(emulator, `POST /${emulator.tenantId}/oauth2/v2.0/token`, body);
    return { emulator, answer };
  }

  it("gives out a token that is dead at once, and says otherwise", async () => {
    const { emulator, answer } = await tokenFrom({ effect: "token_life", seconds: 0, claimed: 3599 });
    const { access_token: token, expires_in: claimed } = JSON.parse(replyOf(answer).body) as Record<string, unknown>;
    expect(claimed).toBe(3599);
    const authorization = `Bearer ${String(token)}`;
    expect((await ask(emulator, "GET WhoAmI", "", { authorization })).status).toBe(401);
    expect(emulator.violations().expired).toBe(1);
  });

  it("says the truth of a short life", async () => {
    const { answer } = await tokenFrom({ effect: "token_life", seconds: 5 });
    expect(JSON.parse(replyOf(answer).body)).toMatchObject({ expires_in: 5 });
  });

  it.each<[Script, unknown]>([
    [{ effect: "reset_before" }, { reset: true }],
    [{ effect: "lose_reply" }, { reset: true }],
    [{ effect: "status", status: 503 }, { status: 503 }],
    [
      { effect: "status", status: 200, text: "<html>" },
      { status: 200, body: "<html>" },
    ],
    [{ effect: "endless_body" }, { status: 200, delivery: { endless: "body" } }],
  ])("plays %j", async (fault, sign) => {
    const { emulator, answer } = await tokenFrom(fault);
    expect(answer).toMatchObject(sign as object);
    expect(emulator.ledger.requests).toMatchObject([{ kind: "identity", fault: fault["effect"] }]);
  });
});

describe("a storm of refused tokens", () => {
  it("hits as many requests as it counts", async () => {
    const emulator = emulatorWith();
    emulator.faults.add([{ effect: "status", status: 401, match: { count: 48 } }]);
    const replies = await Promise.all(Array.from({ length: 50 }, () => ask(emulator, "GET WhoAmI")));
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(48);
  });
});

describe("batch replies under faults", () => {
  it("stay whole without one", async () => {
    const emulator = emulatorWith();
    expect(partStatuses(await batch(emulator, three))).toEqual([204, 204, 204]);
  });
});
