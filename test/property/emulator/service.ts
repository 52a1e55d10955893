/** What any answer of the service must be, whatever was asked: its own shapes, no failure of the emulator, and no effect that nobody was told of. */
import { expect } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import type { WebReply, WebRequest } from "../../emulator/wire/http.ts";
import { isReset } from "../../emulator/wire/http.ts";
import { emulatorWith, guid } from "../../unit/emulator/support.ts";

export const root = "/api/data/v9.2/";

/** With rows that requests can name. */
export async function peopled(): Promise<Emulator> {
  const emulator = emulatorWith();
  for (const number of [1, 2]) {
    const body = JSON.stringify({ accountid: guid(number), name: `n${number}`, accountnumber: `A${number}` });
    await emulator.handle({ method: "POST", url: `${root}accounts`, headers: {}, body });
  }
  const contact = { contactid: guid(2), lastname: "c", "parentcustomerid_account@odata.bind": `/accounts(${guid(1)})` };
  await emulator.handle({ method: "POST", url: `${root}contacts`, headers: {}, body: JSON.stringify(contact) });
  return emulator;
}

/** Sends it and holds the answer against all that every answer must keep. */
export async function sendAny(emulator: Emulator, request: WebRequest): Promise<WebReply> {
  const before = emulator.ledger.effects.length;
  const answer = await emulator.handle(request);
  if (isReset(answer)) {
    throw new Error("The connection was reset, though no fault was asked for.");
  }
  const effects = emulator.ledger.effects.length - before;
  expect(answer.status).toSatisfy((status: number) => (status >= 200 && status < 500) || status === 501);
  expect(answer.body).not.toMatch(/HTTP\/1\.1 50[0-9]/);
  if (answer.status >= 400 && !isMultipart(answer)) {
    expect(effects).toBe(0);
  }
  // Beyond the Web API there are plain pages, and an answer to HEAD has no body.
  if (answer.status >= 400 && !isMultipart(answer) && request.method !== "HEAD" && request.url.startsWith(root)) {
    expectError(answer);
  }
  if (isMultipart(answer)) {
    const told = [...answer.body.matchAll(/^HTTP\/1\.1 2\d\d /gm)].length;
    expect(told === 0 ? effects : 0).toBe(0);
  }
  return answer;
}

function isMultipart({ headers }: WebReply): boolean {
  return headers["content-type"]?.startsWith("multipart/mixed") ?? false;
}

/** The OData envelope, or the shape of failures above the OData layer. */
function expectError({ body }: WebReply): void {
  const said = JSON.parse(body) as { error?: { code?: unknown; message?: unknown }; Message?: unknown };
  if (said.error === undefined) {
    expect(said.Message).toBeTypeOf("string");
  } else {
    expect(said.error.message).toBeTypeOf("string");
    expect(said.error.code).toMatch(/^0x[0-9a-f]+$/i);
  }
}
