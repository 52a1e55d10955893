/** What a new user gets wrong is refused before the first row, in a sentence that names the thing and the remedy; nothing hangs. */
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ColumnValues } from "../../support/flight-clients.ts";
import type { Sidecar } from "../../support/stack.ts";
import { Stack } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());

const text = (name: string): ColumnValues => ({ name, type: "string", values: ["CANARY-VALUE"] });

/** Seconds after which the client gives up: whatever takes longer is a hang. */
const patienceS = 10;

/** Publishes one row and returns the sentence that refuses it; nothing has reached the table, and nothing is blamed on us. */
async function refusal(
  command: object,
  columns: readonly ColumnValues[],
  { program, location }: Sidecar = stack.sidecar,
): Promise<string> {
  const job = { location, command: { table: "dv_sample", mode: "UPSERT", matchOn: ["dv_code"], ...command }, columns };
  const report = await stack.clients.publish({ ...job, timeoutS: patienceS });
  const sentence = report.error?.text ?? "nothing was refused";
  expect(report.summary).toBeNull();
  expect(sentence).not.toMatch(/\bat .*\.(ts|js):\d+|internal:|Deadline Exceeded/i);
  expect(`${sentence}${program.stderr}`).not.toContain("CANARY-VALUE");
  expect(await stack.emulator.rows("dv_sample")).toEqual([]);
  return sentence;
}

const key = text("dv_code");
const wrong: readonly [
  what: string,
  command: object,
  columns: readonly ColumnValues[],
  ...sentences: readonly string[],
][] = [
  [
    "an unknown environment",
    { environment: "prod" },
    [key],
    'unknown_environment: This server has no environment "prod"',
    "There are: demo.",
  ],
  [
    "an unknown table",
    { table: "acount" },
    [key],
    "unknown_table: The environment has no table 'acount'",
    "logical name",
  ],
  ["a misspelt column", {}, [key, text("dv_memmo")], "schema_mismatch", "dv_memmo", "Did you mean dv_memo?"],
  [
    "a misspelt source",
    { columns: [{ source: "cod", target: "dv_code" }] },
    [text("code")],
    "there is no input column cod",
    "Did you mean code?",
  ],
  ["a key that no query compares", { matchOn: ["dv_memo"] }, [text("dv_memo")], "schema_mismatch", "dv_memo"],
  ["a key of a column that is not there", { matchOn: ["dv_cod"] }, [text("dv_cod")], "schema_mismatch", "dv_code?"],
  [
    "a key that is not Active",
    { matchOn: ["dv_text"] },
    [text("dv_text")],
    "schema_mismatch",
    "dv_byinstant",
    "Pending",
  ],
  [
    "no key",
    { matchOn: [] },
    [key],
    "invalid_command",
    "publish.matchOn is missing: name the primary key or the attributes of an alternate key",
  ],
  ["a type that the column cannot hold", {}, [key, text("dv_int")], "dv_int", "integer", "cast the column"],
  [
    "a timestamp without a zone",
    {},
    [key, { name: "dv_instant", type: "timestamp_naive", values: ["0"] }],
    "dv_instant",
    '"naive": "UTC"',
  ],
  [
    "a column that nobody may write",
    {},
    [key, { name: "createdon", type: "timestamp", values: ["0"] }],
    "createdon would be ignored",
  ],
  [
    "a forgotten column",
    { columns: [{ source: "dv_code", target: "dv_code" }] },
    [key, text("note")],
    "input column note maps to nothing",
    '"ignore"',
  ],
  [
    "a lookup to a table that it cannot point to",
    {
      columns: [
        { source: "dv_code", target: "dv_code" },
        { source: "p", target: "dv_parent", lookup: { table: "account" } },
      ],
    },
    [key, text("p")],
    "dv_parent cannot point to account, only to dv_sample",
  ],
  ["a field that the command does not have", { keys: ["dv_code"] }, [key], "invalid_command", "keys"],
  ["an outcome column in the input", {}, [key, text("_dv_row")], "_dv_row"],
];

describe("before the first row", () => {
  it.each(wrong)("%s is refused by name", async (_, command, columns, ...sentences) => {
    const sentence = await refusal(command, columns);
    for (const part of sentences) expect(sentence).toContain(part);
  });

  it("all faults of a mapping are told at once", async () => {
    const sentence = await refusal({}, [key, text("dv_memmo"), text("dv_int"), text("dv_day")]);
    expect(sentence).toContain("3 faults");
    for (const name of ["dv_memmo", "dv_int", "dv_day"]) expect(sentence).toContain(name);
  });

  it("a mode that the config does not allow is refused", async () => {
    const sidecar = await stack.another(stack.config({ modes_allowed: ["insert"] }));
    expect(await refusal({ mode: "DELETE" }, [key], sidecar)).toMatch(/delete.*modes_allowed/i);
  });

  it("a table that the config does not allow is refused", async () => {
    const sidecar = await stack.another(stack.config({ tables_allowed: ["account"] }));
    expect(await refusal({}, [key], sidecar)).toMatch(/dv_sample.*tables_allowed/);
  });
});

/** A port of this machine on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : Number.NaN;
}

describe("a service that cannot be used", () => {
  it("is named with its address where the token endpoint is not there", async () => {
    const authority = `https://localhost:${await closedPort()}`;
    const sidecar = await stack.another(stack.config({ authority }));
    const sentence = await refusal({}, [key], sidecar);
    expect(sentence).toContain(
      `${new URL(authority).host} cannot be reached. Nothing listens there. Check \`authority\``,
    );
  });

  it("is named with its address where the environment is not there", async () => {
    const url = `https://localhost:${await closedPort()}`;
    const token = await stack.secretFile("token-for-nobody", await stack.emulator.token(600));
    const sidecar = await stack.another(stack.config({ url, principals: [{ access_token_file: token }] }));
    const sentence = await refusal({}, [key], sidecar);
    expect(sentence).toContain(`${new URL(url).host} cannot be reached. Nothing listens there. Check \`url\``);
  });

  it("is not trusted without its root certificate", async () => {
    const sidecar = await stack.another(stack.config({ ca_file: undefined }));
    expect(await refusal({}, [key], sidecar)).toMatch(/certificate.*ca_file/i);
  });

  it("refuses a wrong secret, which is said with the remedy", async () => {
    const wrongSecret = await stack.secretFile("wrong", "WRONG-SECRET");
    const [principal] = stack.emulator.address.principals;
    const principals = [{ client_id: principal?.client_id, client_secret_file: wrongSecret }];
    const sidecar = await stack.another(stack.config({ principals }));
    const sentence = await refusal({}, [key], sidecar);
    expect(sentence).toContain("credentials_rejected: The client secret is wrong. (AADSTS7000215)");
    expect(sentence).toContain("Use the secret's value");
    const check = await stack.clients.ask({
      location: sidecar.location,
      action: "check",
      body: { table: "dv_sample" },
    });
    expect(check.error?.text).toContain("credentials_rejected");
    expect(`${sentence}${check.error?.text}${sidecar.program.stderr}`).not.toContain("WRONG-SECRET");
  });

  it("refuses an application that is no user of the environment", async () => {
    await stack.emulator.addFaults({
      effect: "status",
      status: 403,
      code: "0x80072560",
      message: "The user is not a member of the organization.",
      match: { method: "GET" },
    });
    const sentence = await refusal({ runId: "not a member" }, [key]);
    expect(sentence).toContain("principal_forbidden");
    expect(sentence).toContain("application user");
  });
});
