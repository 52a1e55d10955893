/** Three accounts, three contacts and two teams that refer to each other. */
import type { Emulator } from "../../../emulator/emulator.ts";
import type { WebReply } from "../../../emulator/wire/http.ts";
import type { EmulatorOptions } from "../../../emulator/world.ts";
import { ask, emulatorWith, guid } from "../support.ts";

export const [north, south, west] = [guid(1), guid(2), guid(3)];
export const [ann, bob, cy] = [guid(11), guid(12), guid(13)];

export type Json = Readonly<Record<string, unknown>>;

export interface List extends Json {
  readonly value: readonly Json[];
  readonly "@odata.nextLink"?: string;
  readonly "@odata.deltaLink"?: string;
}

export async function company(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = emulatorWith(options);
  const add = async (line: `${string} ${string}`, body: Json): Promise<void> => {
    const reply = await ask(emulator, line, body);
    if (reply.status !== 204) {
      throw new Error(reply.body);
    }
  };
  const works = (id: string): Json => ({ "parentcustomerid_account@odata.bind": `/accounts(${id})` });
  await add("POST accounts", { accountid: north, name: "North", numberofemployees: 1200, industrycode: 1 });
  await add("POST accounts", { accountid: south, name: "South 100%", numberofemployees: 20, revenue: 1234.5 });
  await add("POST contacts", { contactid: ann, firstname: "Ann", lastname: "Ash", ...works(north) });
  await add("POST contacts", { contactid: bob, firstname: "Bob", lastname: "Birch", ...works(north) });
  await add("POST contacts", { contactid: cy, firstname: "Cy", lastname: "Cedar", ...works(south) });
  const person = { "primarycontactid@odata.bind": `/contacts(${ann})` };
  await add(`PATCH accounts(${north})`, { ...person, "parentaccountid@odata.bind": `/accounts(${south})` });
  await add("POST accounts", {
    accountid: west,
    name: "West",
    donotemail: true,
    lastonholdtime: "2024-01-01T15:04:05Z",
  });
  return emulator;
}

export async function read(
  emulator: Emulator,
  path: string,
  prefer?: string,
): Promise<{ readonly reply: WebReply; readonly list: List; readonly json: Json }> {
  const local = path.replace("https://localhost", "").replaceAll(" ", "%20");
  const reply = await ask(emulator, `GET ${local}`, "", prefer === undefined ? {} : { prefer });
  const json = (reply.body.startsWith("{") ? JSON.parse(reply.body) : {}) as Json;
  return { reply, list: json as List, json };
}

/** The names of the accounts that a filter finds. */
export async function accountsWhere(emulator: Emulator, filter: string, more = ""): Promise<readonly unknown[]> {
  const { reply, list } = await read(emulator, `accounts?$select=name&$filter=${encodeURIComponent(filter)}${more}`);
  if (reply.status !== 200) {
    throw new Error(reply.body);
  }
  return list.value.map((row) => row["name"]);
}
