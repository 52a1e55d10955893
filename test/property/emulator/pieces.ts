/** Pieces of which valid requests are made, and others that have brought parsers down. */
import fc from "fast-check";
import { guid } from "../../unit/emulator/support.ts";

const names = [
  ...[
    "accounts",
    "contacts",
    "new_things",
    "EntityDefinitions",
    "GlobalOptionSetDefinitions",
    "RelationshipDefinitions",
  ],
  ...[
    "WhoAmI",
    "WhoAmI()",
    "RetrieveTotalRecordCount(EntityNames=['account'])",
    "$metadata",
    "$batch",
    "$count",
    "$ref",
  ],
  ...["name", "accountnumber", "accountid", "primarycontactid", "_primarycontactid_value", "createdon", "new_whole"],
  ...["Microsoft.Dynamics.CRM.CreateMultiple", "Microsoft.Dynamics.CRM.UpsertMultiple", "Attributes", "Keys", "$value"],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "account",
    "@p",
    "@odata.bind",
    "@odata.type",
    "@odata.id",
  ],
];
const marks = [
  ..."()'\"=,[]{}:;?&%/\\$@#+-*.<>|~^`! \t",
  "\r\n",
  "\n",
  "\r",
  "\u0000",
  "é",
  "\ud83d\ude00",
  "\ud83d",
  "\ufeff",
];
const values = [
  ...["null", "true", "false", "1", "-1", "1e5", "1e999", "0.1", "9223372036854775808", "''", "'it''s'", "'A1'"],
  ...[guid(1), guid(2), "2024-01-01T00:00:00Z", "2024-13-45", "%20", "%27", "%zz", "%", "%F0", "%00", "not-a-guid"],
];
const options = [
  ...[
    "$filter=",
    "$select=",
    "$orderby=",
    "$top=",
    "$skip=",
    "$skiptoken=",
    "$deltatoken=",
    "$expand=",
    "$apply=",
    "$search=",
  ],
  ...["$count=true", "fetchXml=", "savedQuery=", "userQuery=", "tag=", "$compute=", "$format=json", "@p=1"],
];
const words = [
  ...[
    " eq ",
    " ne ",
    " gt ",
    " and ",
    " or ",
    "not ",
    " in ",
    "contains(",
    "startswith(",
    "endswith(",
    " asc",
    " desc",
  ],
  ...[
    "any(x:",
    "all(x:",
    "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a'])",
    "+eq+",
    "add",
    "tolower(",
  ],
];
const xml = [
  ...[
    "<fetch>",
    "</fetch>",
    "<fetch top='1' aggregate='true'>",
    "<entity name='account'>",
    "</entity>",
    "<attribute name='name'/>",
  ],
  ...["<all-attributes/>", "<filter type='and'>", "</filter>", "<condition attribute='name' operator='eq' value='x'/>"],
  ...[
    "<order attribute='name'/>",
    "<link-entity name='contact' from='contactid' to='primarycontactid'>",
    "</link-entity>",
  ],
  ...[
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#0;",
    "&lol;",
    "<!DOCTYPE x [",
    "<?xml version='1.0'?>",
    "operator='in'",
    "<value>",
  ],
];

export const urlJunk = joined([...names, ...marks, ...values, ...options, ...words], 14);
export const filterJunk = joined([...names, ...values, ...words, ..."()',/ "], 14);
export const xmlJunk = joined([...xml, ...xml, ...marks, ...values], 14);
export const headerJunk = joined(
  [...values, ...'=,;"*/W ', "W/", "odata.", "maxpagesize=", "include-annotations=", "return="],
  8,
);
export const jsonJunk = joined(
  [...names.map((name) => `"${name}":`), ...values, ...'{}[],:"\\', "\\u0000", "\\ud83d", '{"', '"}'],
  16,
);

function joined(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((texts) => texts.join(""));
}

/** Valid text with some places changed: a byte of any class put in, put in place of another, taken out, or a stretch doubled. */
export function mutated(whole: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.nat(whole.length),
    take: fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(40)),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc
        .constantFrom(...marks, ...values, "--b1", "--b1--\r\n", "--c1", "Content-ID: 1\r\n", "HTTP/1.1", "GET ")
        .map((text) => Buffer.from(text)),
      fc.tuple(fc.nat(whole.length), fc.nat(200)).map(([from, length]) => whole.subarray(from, from + length)),
    ),
  });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<Buffer>(
        (body, { at, take, put }) => Buffer.concat([body.subarray(0, at), put, body.subarray(at + take)]),
        whole,
      ),
    );
}
