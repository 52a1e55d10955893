/** No request brings the emulator down: it is answered in the service's shapes, and nothing happens that the answer does not tell. */
import fc from "fast-check";
import { describe, it } from "vitest";
import type { WebRequest } from "../../emulator/wire/http.ts";
import { batchType, changeSet, goOn, guid, multipart, part } from "../../unit/emulator/support.ts";
import { filterJunk, headerJunk, jsonJunk, mutated, urlJunk, xmlJunk } from "./pieces.ts";
import { peopled, root, sendAny } from "./service.ts";

const method = fc.constantFrom("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "MERGE");
const json = { "content-type": "application/json" };

async function holdsFor(requests: fc.Arbitrary<WebRequest>, numRuns: number): Promise<void> {
  const emulator = await peopled();
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      await sendAny(emulator, request);
    }),
    { numRuns },
  );
}

const wholeBatch = Buffer.from(
  multipart([
    part("POST accounts", { name: "x", "primarycontactid@odata.bind": null }),
    changeSet([
      part("POST accounts", { name: "y" }),
      part("PATCH $1", { fax: "1" }),
      part(`PATCH accounts(${guid(1)})`, { name: "é😀" }, ["If-Match: *"]),
      part("DELETE accounts(accountnumber='A2')"),
    ]),
    part("GET accounts?$select=name&$filter=name eq 'x'"),
    part("POST accounts/Microsoft.Dynamics.CRM.CreateMultiple", {
      Targets: [{ "@odata.type": "Microsoft.Dynamics.CRM.account", name: "z" }],
    }),
  ]),
);

describe("whatever is sent", () => {
  it("as a batch", () =>
    holdsFor(
      fc.record({
        method: fc.constant("POST"),
        url: fc.constant(`${root}$batch`),
        headers: fc.constantFrom(batchType, goOn),
        body: mutated(wholeBatch),
      }),
      1500,
    ));

  it("as the content type and preferences of a batch", () =>
    holdsFor(
      fc.record({
        method: fc.constant("POST"),
        url: fc.constant(`${root}$batch`),
        headers: fc.record({
          "content-type": headerJunk.map((text) => `multipart/mixed;boundary=${text}`),
          prefer: headerJunk,
        }),
        body: fc.constant(wholeBatch),
      }),
      300,
    ));

  it("as a URL", () =>
    holdsFor(
      fc.record({
        method,
        url: urlJunk.map((text) => root + text),
        headers: fc.constant(json),
        body: fc.constant("{}"),
      }),
      2500,
    ));

  it("as a URL of nothing in particular", () =>
    holdsFor(fc.record({ method, url: urlJunk, headers: fc.constant({}), body: fc.constant("") }), 300));

  it("as a filter", () =>
    holdsFor(
      filterJunk.map((text) => ({
        method: "GET",
        url: `${root}accounts?$filter=${encodeURIComponent(text.toWellFormed())}`,
        headers: {},
        body: "",
      })),
      2000,
    ));

  it.each(["$select", "$orderby", "$expand", "$top", "$skiptoken", "$deltatoken", "$apply", "$count"])(
    "as %s",
    (option) =>
      holdsFor(
        filterJunk.map((text) => ({
          method: "GET",
          url: `${root}accounts?${option}=${encodeURIComponent(text.toWellFormed())}`,
          headers: {},
          body: "",
        })),
        300,
      ),
  );

  it("as FetchXML", () =>
    holdsFor(
      fc.oneof(xmlJunk, mutated(fetch).map(String)).map((text) => ({
        method: "GET",
        url: `${root}accounts?fetchXml=${encodeURIComponent(text.toWellFormed())}`,
        headers: {},
        body: "",
      })),
      1500,
    ));

  it("as the body of a row", () =>
    holdsFor(
      fc.record({
        method: fc.constantFrom("POST", "PATCH", "PUT"),
        url: fc
          .constantFrom(
            ...[
              "accounts",
              `accounts(${guid(1)})`,
              "accounts(accountnumber='A1')",
              "new_things",
              `accounts(${guid(1)})/name`,
            ],
            ...["EntityDefinitions", "GlobalOptionSetDefinitions", "RelationshipDefinitions"],
            ...["accounts/Microsoft.Dynamics.CRM.CreateMultiple", "accounts/Microsoft.Dynamics.CRM.UpsertMultiple"],
            ...["EntityDefinitions(LogicalName='account')/Attributes", "EntityDefinitions(LogicalName='account')/Keys"],
          )
          .map((path) => root + path),
        headers: fc.constant(json),
        body: fc.oneof(jsonJunk, fc.json(), mutated(row), fc.jsonValue().map(rowWith)),
      }),
      2500,
    ));

  it("as headers", () =>
    holdsFor(
      fc.record({
        method,
        url: fc.constantFrom(`${root}accounts`, `${root}accounts(${guid(1)})`, `${root}$batch`, `${root}WhoAmI`),
        headers: fc.dictionary(
          fc.constantFrom(
            ...[
              "prefer",
              "if-match",
              "if-none-match",
              "cookie",
              "content-type",
              "accept",
              "mscrmcallerid",
              "callerobjectid",
            ],
            ...[
              "content-range",
              "x-ms-file-name",
              "x-ms-transfer-mode",
              "mscrm.suppressduplicatedetection",
              "consistency",
            ],
            ...["mscrm.bypasscustompluginexecution", "x-ms-client-session-id", "mscrm-sessiontoken", "odata-version"],
          ),
          headerJunk,
        ),
        body: fc.oneof(fc.constant('{"name":"x"}'), jsonJunk),
      }),
      1500,
    ));
});

const fetch = Buffer.from(
  "<fetch top='3'><entity name='account'><attribute name='name'/><filter type='or'><condition attribute='name' operator='like' value='n%'/><condition attribute='accountid' operator='in'><value>x</value></condition></filter><order attribute='name' descending='true'/></entity></fetch>",
);
const row = Buffer.from(
  '{"name":"x","creditlimit":1.5,"statecode":0,"statuscode":1,"industrycode":1,"primarycontactid@odata.bind":"/contacts(00000000-0000-4000-8000-000000000001)","donotemail":true}',
);

function rowWith(value: unknown): string {
  const names = [
    "name",
    "creditlimit",
    "statecode",
    "industrycode",
    "primarycontactid@odata.bind",
    "Targets",
    "accountid",
  ];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, value])));
}
