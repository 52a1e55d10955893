import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import type { WebReply } from "../../../emulator/wire/http.ts";
import type { Headers } from "../support.ts";
import { ask, guid, replyOf } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const thing = guid(1);
const path = `new_things(${thing})/new_document`;
const named = { "content-type": "application/octet-stream", "x-ms-file-name": "a.pdf" };

async function withRow(): Promise<Emulator> {
  const emulator = environment();
  await ask(emulator, "POST new_things", { new_thingid: thing });
  return emulator;
}

async function send(
  emulator: Emulator,
  line: `${string} ${string}`,
  body: Uint8Array,
  headers: Headers,
): Promise<WebReply> {
  const [method = "", url = ""] = line.split(" ");
  const target = url.startsWith("http") ? url : `/api/data/v9.2/${url}`;
  return replyOf(await emulator.handle({ method, url: target, headers, body }));
}

async function download(emulator: Emulator): Promise<string> {
  const start = await ask(emulator, "POST InitializeFileBlocksDownload", {
    Target: { "@odata.type": "Microsoft.Dynamics.CRM.new_thing", new_thingid: thing },
    FileAttributeName: "new_document",
  });
  if (start.status !== 200) {
    return outcome(start);
  }
  const { FileContinuationToken, FileName, FileSizeInBytes } = JSON.parse(start.body);
  const block = await ask(emulator, "POST DownloadBlock", { Offset: 0, BlockLength: 4096, FileContinuationToken });
  return `${FileName} ${FileSizeInBytes} ${Buffer.from(JSON.parse(block.body).Data, "base64").toString("hex")}`;
}

const bytes = Uint8Array.from([0xff, 0xfe, 0x00, 0x80]);

describe("a file in one request", () => {
  it.each(["PATCH", "PUT"])("is taken by %s, whatever its bytes", async (method) => {
    const emulator = await withRow();
    expect(outcome(await send(emulator, `${method} ${path}`, bytes, named))).toBe("204");
    expect(await download(emulator)).toBe("a.pdf 4 fffe0080");
    expect(rowOf(emulator, "new_thing", thing)?.["new_document"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("has its name from the query, where the header has none", async () => {
    const emulator = await withRow();
    const type = { "content-type": "application/octet-stream" };
    await send(emulator, `PATCH ${path}?x-ms-file-name=%C3%A9.pdf`, bytes, type);
    expect(await download(emulator)).toBe("é.pdf 4 fffe0080");
    await send(emulator, `PATCH ${path}?x-ms-file-name=b.pdf`, bytes, named);
    expect(await download(emulator)).toBe("a.pdf 4 fffe0080");
  });

  it("may be of any type and takes the place of the one before", async () => {
    const emulator = await withRow();
    await send(emulator, `PATCH ${path}`, bytes, named);
    const text = { ...named, "content-type": "text/csv" };
    expect(outcome(await send(emulator, `PATCH ${path}`, Buffer.from("a,b"), text))).toBe("204");
    expect(await download(emulator)).toBe("a.pdf 3 612c62");
  });

  it.each([
    ["without a name", { "content-type": "application/octet-stream" }, 4, "400 0x80040203"],
    ["with a name that is not ASCII", { ...named, "x-ms-file-name": "é.pdf" }, 4, "400 0x80040203"],
    ["with a blocked name", { ...named, "x-ms-file-name": "a.EXE" }, 4, "400 0x80043e09"],
    ["of the column's size", named, 1024, "204"],
    ["of more than the column's size", named, 1025, "400 0x80044a02"],
    ["with a stale ETag", { ...named, "if-match": 'W/"1"' }, 4, "412 0x80060882"],
    ["with If-None-Match: null", { ...named, "if-none-match": "null" }, 4, "204"],
  ])("%s", async (_what, headers, size, expected) => {
    const emulator = await withRow();
    expect(outcome(await send(emulator, `PATCH ${path}`, new Uint8Array(size), headers))).toBe(expected);
  });

  it("is deleted with its column, and is not there without its row", async () => {
    const emulator = await withRow();
    await send(emulator, `PATCH ${path}`, bytes, named);
    expect(outcome(await ask(emulator, `DELETE ${path}`))).toBe("204");
    expect(await download(emulator)).toBe("400 0x80040203");
    expect(outcome(await send(emulator, `PATCH new_things(${guid(9)})/new_document`, bytes, named))).toBe(
      "404 0x80040217",
    );
  });

  it("is not written with its row", async () => {
    const emulator = await withRow();
    await send(emulator, `PATCH ${path}`, bytes, named);
    expect(outcome(await ask(emulator, `PATCH new_things(${thing})`, { new_document: guid(5) }))).toBe(
      "400 0x80048d19",
    );
    expect(outcome(await ask(emulator, `PATCH new_things(${thing})`, { new_document: null }))).toBe("204");
    expect(await download(emulator)).toBe("a.pdf 4 fffe0080");
  });
});

describe("a file in chunks", () => {
  const open = { "x-ms-transfer-mode": "chunked" };
  const chunk = (range: string): Headers => ({ ...named, "content-range": `bytes ${range}` });

  async function begin(emulator: Emulator): Promise<string> {
    const reply = await ask(emulator, `PATCH ${path}?x-ms-file-name=a.pdf`, "", open);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ "x-ms-chunk-size": "4194304", "accept-ranges": "bytes" });
    expect(reply.headers["location"]).toMatch(`https://localhost/api/data/v9.2/${path}?sessiontoken=`);
    return reply.headers["location"] ?? "";
  }

  it("answers 206 until the last, then 204", async () => {
    const emulator = await withRow();
    const location = await begin(emulator);
    expect((await send(emulator, `PATCH ${location}`, bytes.subarray(0, 3), chunk("0-2/4"))).status).toBe(206);
    expect(await download(emulator)).toBe("400 0x80040203");
    expect((await send(emulator, `PATCH ${location}`, bytes.subarray(3), chunk("3-3/4"))).status).toBe(204);
    expect(await download(emulator)).toBe("a.pdf 4 fffe0080");
    expect(outcome(await send(emulator, `PATCH ${location}`, bytes, chunk("0-3/4")))).toBe("400 0x80040203");
  });

  it.each(["1-4/5", "0-2/4", "0-3/3", "0-3", "x", "0-3/2000"])("refuses the range %s", async (range) => {
    const emulator = await withRow();
    const location = await begin(emulator);
    const expected = range.endsWith("2000") ? "400 0x80044a02" : "400 0x80040203";
    expect(outcome(await send(emulator, `PATCH ${location}`, bytes, chunk(range)))).toBe(expected);
  });

  it("refuses a token of another file", async () => {
    const emulator = await withRow();
    await ask(emulator, "POST new_things", { new_thingid: guid(2) });
    const location = (await begin(emulator)).replace(thing, guid(2));
    expect(outcome(await send(emulator, `PATCH ${location}`, bytes, chunk("0-3/4")))).toBe("400 0x80040203");
    const unknown = `PATCH ${path}?sessiontoken=${guid(7)}` as const;
    expect(outcome(await send(emulator, unknown, bytes, chunk("0-3/4")))).toBe("400 0x80040203");
  });
});

describe("a file in blocks", () => {
  const target = {
    Target: { "@odata.type": "Microsoft.Dynamics.CRM.new_thing", new_thingid: thing },
    FileAttributeName: "new_document",
    FileName: "a.pdf",
  };
  const block = (id: string, data: Uint8Array, token: string) => ({
    BlockId: Buffer.from(id).toString("base64"),
    BlockData: Buffer.from(data).toString("base64"),
    FileContinuationToken: token,
  });

  async function begin(emulator: Emulator): Promise<string> {
    const reply = await ask(emulator, "POST InitializeFileBlocksUpload", target);
    expect(reply.body).toContain("InitializeFileBlocksUploadResponse");
    return JSON.parse(reply.body).FileContinuationToken;
  }

  it("is put together in the order of the list, and deleted by its id", async () => {
    const emulator = await withRow();
    const token = await begin(emulator);
    expect(outcome(await ask(emulator, "POST UploadBlock", block("2", bytes.subarray(2), token)))).toBe("204");
    expect(outcome(await ask(emulator, "POST UploadBlock", block("1", bytes.subarray(0, 2), token)))).toBe("204");
    const list = ["1", "2"].map((id) => Buffer.from(id).toString("base64"));
    const commit = { FileName: "a.pdf", MimeType: "application/pdf", BlockList: list, FileContinuationToken: token };
    const reply = JSON.parse((await ask(emulator, "POST CommitFileBlocksUpload", commit)).body);
    expect(reply).toMatchObject({ FileSizeInBytes: 4 });
    expect(await download(emulator)).toBe("a.pdf 4 fffe0080");
    expect(outcome(await ask(emulator, "POST DeleteFile", { FileId: reply.FileId }))).toBe("204");
    expect(rowOf(emulator, "new_thing", thing)?.["new_document"]).toBeNull();
    expect(outcome(await ask(emulator, "POST DeleteFile", { FileId: reply.FileId }))).toBe("404 0x80040217");
  });

  it("is refused where it does not fit", async () => {
    const emulator = await withRow();
    const token = await begin(emulator);
    const upload = async (id: string, size: number, by = token): Promise<string> =>
      outcome(await ask(emulator, "POST UploadBlock", block(id, new Uint8Array(size), by)));
    expect(await upload("1".repeat(65), 1)).toBe("400 0x80040203");
    expect(await upload("1", 1, guid(9))).toBe("400 0x80040203");
    expect(await upload("1", 1)).toBe("204");
    expect(await upload("22222", 1)).toBe("400 0x80040203");
    expect(await upload("2", 1024)).toBe("400 0x80044a02");
    const commit = { FileName: "a.pdf", MimeType: "x/y", BlockList: ["MA=="], FileContinuationToken: token };
    expect(outcome(await ask(emulator, "POST CommitFileBlocksUpload", commit))).toBe("400 0x80040203");
  });

  it.each([
    [{}, "400 0x80040203"],
    [{ ...target, FileAttributeName: "new_name" }, "400 0x80040203"],
    [{ ...target, FileName: "a.exe" }, "400 0x80043e09"],
    [{ ...target, Target: { "@odata.type": "Microsoft.Dynamics.CRM.new_thing" } }, "400 0x80040203"],
    [{ ...target, Target: { "@odata.type": "Microsoft.Dynamics.CRM.no" } }, "404 0x80060888"],
    [
      { ...target, Target: { "@odata.type": "Microsoft.Dynamics.CRM.new_thing", new_thingid: guid(9) } },
      "404 0x80040217",
    ],
  ])("needs a target: %j", async (parameters, expected) => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, "POST InitializeFileBlocksUpload", parameters))).toBe(expected);
  });
});

describe("an image", () => {
  const png = Buffer.from("89504e470d0a1a0a00", "hex").toString("base64");
  const big = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(1017)]).toString("base64");

  it("comes with its row, on create only the primary one", async () => {
    const emulator = environment();
    const body = { new_thingid: thing, new_picture: png, new_second: png };
    expect(outcome(await ask(emulator, "POST new_things", body))).toBe("204");
    expect(rowOf(emulator, "new_thing", thing)).toMatchObject({ new_picture: png, new_second: null });
    expect(outcome(await ask(emulator, `PATCH new_things(${thing})`, { new_second: png, new_picture: null }))).toBe(
      "204",
    );
    expect(rowOf(emulator, "new_thing", thing)).toMatchObject({ new_picture: null, new_second: png });
  });

  it.each([
    ["what is no image", Buffer.from("hello!").toString("base64"), "400 0x80072553"],
    ["what is no base64", "%%%", "400 0x80048d19"],
    ["a number", 1, "400 0x80048d19"],
    ["more than its size", big, "400 0x80044a02"],
  ])("is not %s", async (_what, value, expected) => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, `PATCH new_things(${thing})`, { new_picture: value }))).toBe(expected);
  });

  it("may be put as bytes", async () => {
    const emulator = await withRow();
    const type = { "content-type": "application/octet-stream" };
    const url = `PUT new_things(${thing})/new_picture` as const;
    expect(outcome(await send(emulator, url, Buffer.from(png, "base64"), type))).toBe("204");
    expect(rowOf(emulator, "new_thing", thing)?.["new_picture"]).toBe(png);
    expect(outcome(await send(emulator, url, bytes, type))).toBe("400 0x80072553");
    expect(outcome(await ask(emulator, `DELETE new_things(${thing})/new_picture`))).toBe("204");
    expect(rowOf(emulator, "new_thing", thing)?.["new_picture"]).toBeNull();
  });
});

describe("a note's document", () => {
  it("has a size, and a name that is not blocked", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: guid(1) });
    const body = {
      annotationid: guid(2),
      documentbody: "aGVsbG8=",
      filename: "a.txt",
      "objectid_account@odata.bind": `/accounts(${guid(1)})`,
    };
    expect(outcome(await ask(emulator, "POST annotations", body))).toBe("204");
    expect(rowOf(emulator, "annotation", guid(2))).toMatchObject({
      filesize: 5,
      isdocument: true,
      objecttypecode: "account",
    });
    expect(outcome(await ask(emulator, "POST annotations", { documentbody: "aGVsbG8=", filename: "a.bat" }))).toBe(
      "400 0x80043e09",
    );
    expect(outcome(await ask(emulator, "POST annotations", { documentbody: "?" }))).toBe("400 0x80040203");
  });
});
