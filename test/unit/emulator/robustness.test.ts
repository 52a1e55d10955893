import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isReset } from "../../emulator/wire/http.ts";
import { batchType, changeSet, emulatorWith, goOn, guid, multipart, part } from "./support.ts";

const pieces = [
  ...[
    "accounts",
    "new_things",
    "EntityDefinitions",
    "(LogicalName='account')",
    "/Attributes",
    "/Keys",
    "WhoAmI",
    "$batch",
  ],
  ...[
    "(",
    ")",
    "'",
    '"',
    "=",
    ",",
    "[",
    "]",
    "{",
    "}",
    ":",
    ";",
    "?",
    "&",
    "%",
    "%20",
    "%zz",
    "//",
    "$1",
    "\r\n",
    "\n",
  ],
  ...["$filter=", "$select=", "$orderby=", "$top=", "$skiptoken=", "$expand=", "$count=true", "Attributes($select="],
  ...[
    "new_name",
    "accountnumber",
    "+eq+",
    "and",
    "or",
    "not",
    "contains(",
    "PropertyValues=[",
    "null",
    "true",
    "1e5",
    guid(1),
  ],
  ...["--b1", "--b1--\r\n", "Content-Type: application/http", "HTTP/1.1", "GET ", "POST ", "@odata.bind"],
  ...["/api/data/v9.2/", "https://localhost/", "__proto__", "constructor", "toString", "\u0000", "é", "\ud83d"],
];
const junk = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((texts) => texts.join(""));
const method = fc.constantFrom("GET", "POST", "PATCH", "DELETE", "PUT");

const whole = multipart([
  part("POST accounts", { name: "x" }),
  changeSet([part("POST accounts", { name: "y" }), part("PATCH $1", { fax: "1" })]),
  part("GET accounts?$select=name"),
]);
const mangled = fc
  .record({ at: fc.nat(whole.length), cut: fc.nat(6), text: junk })
  .map(({ at, cut, text }) => whole.slice(0, at) + text + whole.slice(at + cut));

const request = fc.oneof(
  fc.record({ method, url: junk.map((text) => `/api/data/v9.2/${text}`), headers: fc.constant({}), body: junk }),
  fc.record({
    method: fc.constant("POST"),
    url: fc.constant("/api/data/v9.2/$batch"),
    headers: fc.constantFrom(batchType, goOn),
    body: mangled,
  }),
  fc.record({
    method: fc.constant("PATCH"),
    url: fc.constant(`/api/data/v9.2/accounts(${guid(1)})`),
    headers: fc.record({ prefer: junk, "if-match": junk }),
    body: fc.oneof(fc.json(), junk),
  }),
  fc.record({
    method,
    url: fc
      .tuple(fc.constantFrom("faults", "token", "ledger", "rows", "reset"), junk)
      .map(([name, text]) => `/__emulator__/${name}?${text}`),
    headers: fc.constant({}),
    body: fc.oneof(fc.json(), junk),
  }),
);

describe("whatever a client sends", () => {
  it("is answered, and never by a fault of the emulator", async () => {
    const emulator = emulatorWith();
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        emulator.faults.clear();
        const answer = await emulator.handle(sent);
        expect(isReset(answer) ? 0 : answer.status).toSatisfy((status: number) => status < 500 || status === 501);
      }),
      { numRuns: 1500 },
    );
  });
});
