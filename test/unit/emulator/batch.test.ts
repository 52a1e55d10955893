import { describe, expect, it } from "vitest";
import type { WebReply } from "../../emulator/wire/http.ts";
import {
  ask,
  batch,
  batchType,
  changeSet,
  codeOf,
  emulatorWith,
  goOn,
  guid,
  multipart,
  part,
  partStatuses,
} from "./support.ts";

const good = (number: number): string => part("POST accounts", { accountid: guid(number), name: `n${number}` });
const bad = part("POST accounts", { name: "x", creditlimit: -1 });

function names(emulator: ReturnType<typeof emulatorWith>): readonly unknown[] {
  return emulator.rows("account").map((row) => row["name"]);
}

function message(reply: WebReply): string {
  return (JSON.parse(reply.body) as { Message: string }).Message;
}

describe("$batch", () => {
  it("runs operations in order and answers in order", async () => {
    const emulator = emulatorWith();
    const reply = await batch(emulator, [
      good(1),
      part(`GET accounts(${guid(1)})?$select=name`),
      part(`DELETE accounts(${guid(1)})`),
    ]);
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toMatch(/^multipart\/mixed; boundary=batchresponse_/);
    expect(partStatuses(reply)).toEqual([204, 200, 204]);
    expect(reply.body).toContain('"name":"n1"');
    expect(reply.body).toContain(`Location: https://localhost/api/data/v9.2/accounts(${guid(1)})\r\n`);
  });

  it("stops at the first failure and answers with its status", async () => {
    const emulator = emulatorWith();
    const reply = await batch(emulator, [good(1), bad, good(2)], batchType);
    expect(reply.status).toBe(400);
    expect(partStatuses(reply)).toEqual([204, 400]);
    expect(names(emulator)).toEqual(["n1"]);
  });

  it("goes on where it is asked to, and answers 200", async () => {
    const emulator = emulatorWith();
    const reply = await batch(emulator, [good(1), bad, good(2)]);
    expect(reply.status).toBe(200);
    expect(partStatuses(reply)).toEqual([204, 400, 204]);
    expect(names(emulator)).toEqual(["n1", "n2"]);
  });

  it("reads headers of a part", async () => {
    const reply = await batch(emulatorWith(), [part(`PATCH accounts(${guid(1)})`, { name: "x" }, ["If-Match: *"])]);
    expect(partStatuses(reply)).toEqual([404]);
  });

  it.each([
    ["absolute", "POST https://localhost/api/data/v9.2/accounts"],
    ["host-relative", "POST /api/data/v9.2/accounts"],
  ])("takes %s URLs", async (_kind, line) => {
    const text = part("POST accounts", { name: "x" }).replace("POST /api/data/v9.2/accounts", line);
    expect(partStatuses(await batch(emulatorWith(), [text]))).toEqual([204]);
  });

  it("takes a GET or DELETE that ends with its one empty line, and blanks in its URL", async () => {
    const get = part("GET accounts?$filter=name eq 'x'&$top=1").trimEnd();
    const reply = await batch(emulatorWith(), [
      good(1),
      `${get}\r\n`,
      `${part(`DELETE accounts(${guid(1)})`).trimEnd()}\r\n`,
    ]);
    expect(partStatuses(reply)).toEqual([204, 200, 204]);
  });

  it("takes an empty line before the first boundary, and a boundary in quotes", async () => {
    const headers = { "content-type": 'multipart/mixed; boundary="b1"' };
    expect((await ask(emulatorWith(), "POST $batch", `\r\n${multipart([good(1)])}`, headers)).status).toBe(200);
  });

  it("counts as one request", async () => {
    const emulator = emulatorWith();
    await batch(emulator, [good(1), good(2)]);
    expect(emulator.counts()).toMatchObject({ requests: 1, batches: 1, effects: 2 });
    expect(emulator.ledger.requests[0]?.operations).toBe(2);
  });
});

describe("a $batch is refused whole", () => {
  const whole = multipart([good(1), part("GET accounts?$select=name")]);

  it.each([
    ["with bare line feeds", whole.replaceAll("\r\n", "\n")],
    ["without a line end after the closing boundary", whole.slice(0, -2)],
    ["without a closing boundary", whole.replace("--b1--\r\n", "")],
    ["without its boundary", whole.replaceAll("--b1", "--b2")],
    [
      "with a part that has no request line",
      multipart(["Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{}"]),
    ],
    ["that is empty", ""],
  ])("%s", async (_how, body) => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "POST $batch", body, goOn);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80048d19"]);
    expect(reply.body).toContain("Stream was not readable.");
    expect(emulator.rows("account")).toEqual([]);
  });

  it.each([[""], ["Accept: application/json"]])("with a GET that lacks its second line end: %j", async (header) => {
    const get = part("GET accounts", undefined, header === "" ? [] : [header]);
    const reply = await ask(emulatorWith(), "POST $batch", multipart([good(1), get.trimEnd()]), goOn);
    expect(reply.status).toBe(400);
    expect(message(reply)).toContain("The message header '--b1' is invalid.");
  });

  it("with more operations than the limit", async () => {
    const emulator = emulatorWith({ operationsMax: 2 });
    const reply = await batch(emulator, [good(1), good(2), good(3)]);
    expect(reply.status).toBe(400);
    expect(message(reply)).toContain("maximum number of '2' query operations");
    expect(names(emulator)).toEqual([]);
  });

  it("with a part that lacks Content-Transfer-Encoding", async () => {
    const reply = await batch(emulatorWith(), [good(1).replace("Content-Transfer-Encoding: binary\r\n", "")]);
    expect(reply.status).toBe(400);
  });

  it("within a batch", async () => {
    expect((await batch(emulatorWith(), [part("POST $batch", "{}")])).status).toBe(400);
    expect((await batch(emulatorWith(), [part("POST /api/data/v9.2/$batch", "{}")])).status).toBe(400);
  });

  it("under another content type", async () => {
    const reply = await ask(emulatorWith(), "POST $batch", "{}", { "content-type": "application/json" });
    expect(reply.status).toBe(400);
  });
});

describe("bare line feeds", () => {
  it("are read where they are all there is and two of them end the body, as clients send it", async () => {
    const body = `${multipart([good(1), part("GET accounts")]).replaceAll("\r\n", "\n")}\n`;
    expect(partStatuses(await ask(emulatorWith(), "POST $batch", body, goOn))).toEqual([204, 200]);
    const mixed = body.replace("\n", "\r\n");
    expect((await ask(emulatorWith(), "POST $batch", mixed, goOn)).status).toBe(400);
  });
});

describe("lenient line ends", () => {
  it("let a batch with bare line feeds through", async () => {
    const emulator = emulatorWith({ crlf: "lenient" });
    const reply = await ask(emulator, "POST $batch", multipart([good(1)]).replaceAll("\r\n", "\n"), goOn);
    expect(partStatuses(reply)).toEqual([204]);
  });
});

describe("a change set", () => {
  it("answers with one part per operation and its Content-ID", async () => {
    const reply = await batch(emulatorWith(), [changeSet([good(1), good(2)])]);
    expect(reply.body).toMatch(/multipart\/mixed; boundary=changesetresponse_/);
    expect(reply.body).toContain("Content-ID: 2\r\n");
    expect(partStatuses(reply)).toEqual([204, 204]);
  });

  it("is undone whole, answers with the one part that failed, and the batch goes on", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(9), name: "old", accountnumber: "A" });
    const changes = changeSet([
      good(1),
      part(`PATCH accounts(${guid(9)})`, { name: "new", accountnumber: "B" }),
      part(`DELETE accounts(${guid(1)})`),
      bad,
    ]);
    const reply = await batch(emulator, [changes, good(3)]);
    expect(reply.status).toBe(200);
    expect(partStatuses(reply)).toEqual([400, 204]);
    expect(reply.body).toContain("Content-ID: 4\r\n");
    expect(names(emulator)).toEqual(["old", "n3"]);
    expect(emulator.counts().tables["account"]).toMatchObject({ creates: 2, updates: 0, deletes: 0 });
    expect((await ask(emulator, "GET accounts(accountnumber='A')")).status).toBe(200);
  });

  it("binds to an earlier row of it", async () => {
    const emulator = emulatorWith();
    const reply = await batch(emulator, [
      changeSet([good(1), part("POST new_things", { "new_Account@odata.bind": "$1" }), part("PATCH $1", { fax: "7" })]),
    ]);
    expect(partStatuses(reply)).toEqual([204, 204, 204]);
    expect(emulator.rows("new_thing")[0]?.["new_account"]).toEqual({ table: "account", id: guid(1) });
    expect(emulator.rows("account")[0]?.["fax"]).toBe("7");
  });

  it("refuses a reference to a later row", async () => {
    const reply = await batch(emulatorWith(), [
      changeSet([part("POST new_things", { "new_Account@odata.bind": "$2" }), good(1)]),
    ]);
    expect(partStatuses(reply)).toEqual([400]);
    expect(reply.body).toContain("Content-ID Reference: '$2' does not exist in the batch context.");
  });

  it("must not hold a GET", async () => {
    const emulator = emulatorWith();
    const reply = await batch(emulator, [good(5), changeSet([part("GET accounts")])]);
    expect(reply.status).toBe(400);
    expect(message(reply)).toContain("An invalid HTTP method 'GET' was detected for a request in a change set.");
    expect(names(emulator)).toEqual([]);
  });

  it("must not use a Content-ID twice", async () => {
    const twice = changeSet([good(1), good(2)]).replace("Content-ID: 2", "Content-ID: 1");
    const reply = await batch(emulatorWith(), [twice]);
    expect(message(reply)).toContain("The content ID '1' was found more than once");
  });
});
