/** Whatever a body holds, the answer is the service's refusal or a row that reads back as it was sent. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask, guid } from "../../unit/emulator/support.ts";
import { environment } from "../../unit/emulator/write/tables.ts";

const id = guid(1);

const columns = {
  new_name: fc.oneof(fc.string({ unit: "binary", maxLength: 120 }), fc.constant("")),
  new_number: fc.string({ maxLength: 110 }),
  new_flag: fc.boolean(),
  new_color: fc.integer({ min: 0, max: 4 }),
  new_choices: fc.array(fc.integer({ min: 0, max: 170 }), { maxLength: 8 }).map((chosen) => chosen.join(", ")),
  new_own: fc.oneof(fc.integer({ min: -100, max: 100_000 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  new_price: fc.integer({ min: -2_000_000, max: 2_000_000 }).map((cents) => cents / 100),
  overriddencreatedon: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  importsequencenumber: fc.oneof(fc.integer(), fc.maxSafeInteger()),
  statuscode: fc.integer({ min: 0, max: 4 }),
};

const strange = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...Object.keys(columns), "new_Parent", "new_children", "new_thing_contact", "new_document"),
    fc.constantFrom("new_picture", "ownerid", "_ownerid_value", "new_thingid", "new_Any_account@odata.bind"),
    fc.constantFrom("new_children@odata.bind", "ownerid@odata.bind", "@odata.type", "createdon", "statecode"),
    fc.string(),
  ),
  fc.jsonValue({ maxDepth: 4 }),
  { maxKeys: 4 },
);

/** As the service shows it. */
function shown(name: string, value: unknown): unknown {
  switch (name) {
    case "new_choices":
      return sorted(String(value));
    case "overriddencreatedon":
      return String(value).replace(/\.?0+Z$/, "Z");
    default:
      return value === "" ? null : Object.is(value, -0) ? 0 : value;
  }
}

function sorted(choices: string): string | null {
  const numbers = [...new Set(choices.split(",").flatMap((text) => (text.trim() === "" ? [] : [Number(text)])))];
  return numbers.length === 0 ? null : numbers.sort((a, b) => a - b).join(",");
}

describe("a body", () => {
  it("of fitting types is stored as it is, or refused", async () => {
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(fc.record(columns, { requiredKeys: [] }), async (body) => {
        const emulator = environment();
        const reply = await ask(emulator, "POST new_things", { ...body, new_thingid: id });
        if (reply.status !== 204) {
          expect([reply.status, JSON.parse(reply.body).error.code]).toEqual([400, expect.stringMatching(/^0x8/)]);
          expect(emulator.rows("new_thing")).toEqual([]);
          return;
        }
        stored += 1;
        const row = JSON.parse((await ask(emulator, `GET new_things(${id})`)).body);
        for (const [name, value] of Object.entries(body)) {
          if (name !== "new_number" || value !== "") {
            expect([name, row[name]]).toEqual([name, shown(name, value)]);
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(stored).toBeGreaterThan(0);
  });

  it("of any kind is answered, and never by a fault of the emulator", async () => {
    await fc.assert(
      fc.asyncProperty(strange, fc.constantFrom("POST", "PATCH", "PUT"), async (body, method) => {
        const emulator = environment();
        await ask(emulator, "POST new_things", { new_thingid: id });
        const path = { POST: "new_things", PATCH: `new_things(${id})`, PUT: `new_things(${id})/new_name` }[method];
        const reply = await ask(emulator, `${method} ${path}`, method === "PUT" ? { value: body } : body);
        expect([201, 204, 400, 404, 405, 412]).toContain(reply.status);
      }),
      { numRuns: 400 },
    );
  });
});
