/** Inputs that make a careless pattern look back over and over: a hundred thousand characters of the same, and a last one that does not fit. */
import { describe, it } from "vitest";
import { batchType, goOn, guid, multipart, part } from "../../unit/emulator/support.ts";
import { peopled, root, sendAny } from "./service.ts";

const length = 100_000;
const repeated = [
  "(",
  ")",
  "'",
  "''",
  '"',
  " ",
  "\t",
  "-",
  "--",
  "/",
  "a",
  "0",
  "1.",
  "\r\n",
  "\n",
  "%20",
  "[",
  "{",
  "a,",
  "a=",
  "a eq 1 or ",
  "not ",
  "<",
  "<a>",
  "&a",
  "\\",
  ";",
];

async function sends(
  request: (text: string) => { url: string; method?: string; headers?: object; body?: string | Buffer },
) {
  const emulator = await peopled();
  for (const piece of repeated) {
    for (const end of ["", "!", "\u0000"]) {
      const { url, method = "GET", headers = {}, body = "" } = request(piece.repeat(length / piece.length) + end);
      await sendAny(emulator, { url, method, headers: headers as Record<string, string>, body });
    }
  }
}

/** As long as a URL may be. */
const cut = (text: string): string => encodeURIComponent(text).slice(0, 32_000).replace(/%.?$/, "");

describe("a long input is answered soon", () => {
  it.each(["$filter", "$select", "$orderby", "$expand", "$skiptoken", "$deltatoken", "fetchXml", "$apply"])(
    "in %s",
    (option) => sends((text) => ({ url: `${root}accounts?${option}=${cut(text)}` })),
  );

  it("in a path", () => sends((text) => ({ url: `${root}accounts(${cut(text)}` })));
  it("in a key", () => sends((text) => ({ url: `${root}accounts(accountnumber='${cut(text)}` })));
  it("in a path, as it is", () => sends((text) => ({ url: root + text.slice(0, 32_000) })));

  it("in a batch", () =>
    sends((text) => ({
      method: "POST",
      url: `${root}$batch`,
      headers: goOn,
      body: multipart([part("POST accounts", text)]),
    })));
  it("as a batch", () => sends((text) => ({ method: "POST", url: `${root}$batch`, headers: batchType, body: text })));
  it("in the head of an operation", () =>
    sends((text) => ({
      method: "POST",
      url: `${root}$batch`,
      headers: goOn,
      body: multipart([part(`GET accounts?${text}`, "", [`x: ${text}`])]),
    })));
  it("as a boundary", () =>
    sends((text) => ({
      method: "POST",
      url: `${root}$batch`,
      headers: { "content-type": `multipart/mixed;boundary=${text}` },
      body: text,
    })));

  it.each([
    ["nested filters", `accounts?$filter=${"(".repeat(12_000)}name eq 'x'${")".repeat(12_000)}`],
    ["denials", `accounts?$filter=${"not (".repeat(5000)}name eq 'x'${")".repeat(5000)}`],
    ["alternatives", `accounts?$filter=${"name eq 'x' or ".repeat(1900)}name eq 'x'`],
    ["lambdas", `accounts?$filter=${"contact_customer_accounts/any(c:".repeat(900)}`],
    ["wildcards", `accounts?$filter=contains(name,'${"%25a".repeat(40)}')`],
    ["digits", `accounts?$filter=creditlimit eq 0.${"0".repeat(30_000)}1`],
    ["an exponent", "accounts?$filter=creditlimit eq 1e999999999"],
    ["blanks in metadata", `EntityDefinitions?$expand=Attributes${"+".repeat(30_000)}x`],
  ])("of %s", async (_what, path) => {
    await sendAny(await peopled(), { method: "GET", url: root + path, headers: {}, body: "" });
  });

  it.each([
    ["lists", `{"name":${"[".repeat(length)}${"]".repeat(length)}}`],
    ["rows within rows", `${'{"contact_customer_accounts":['.repeat(5000)}{}${"]}".repeat(5000)}`],
    ["digits", `{"creditlimit":0.${"0".repeat(length)}1}`],
    ["more digits", `{"numberofemployees":${"9".repeat(length)}}`],
    ["an exponent", '{"creditlimit":1e-999999999}'],
  ])("of %s in a body", async (_what, body) => {
    await sendAny(await peopled(), { method: "POST", url: `${root}accounts`, headers: {}, body });
  });

  it("as a row", () => sends((text) => ({ method: "POST", url: `${root}accounts`, body: text })));
  it.each(["name", "creditlimit", "new_at", "primarycontactid@odata.bind", "accountid", "@odata.type"])(
    "in %s of a row",
    (name) => sends((text) => ({ method: "POST", url: `${root}accounts`, body: JSON.stringify({ [name]: text }) })),
  );
  it.each(["prefer", "if-match", "if-none-match", "cookie", "authorization", "content-type", "accept"])(
    "in %s",
    (header) =>
      sends((text) => ({
        method: "PATCH",
        url: `${root}accounts(${guid(1)})`,
        headers: { [header]: text },
        body: "{}",
      })),
  );
});
