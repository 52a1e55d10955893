import { describe, expect, it } from "vitest";
import type { WebReply } from "../../emulator/wire/http.ts";
import { ask, emulatorWith } from "./support.ts";

const path = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://localhost";

function asked(query: string, headers: Record<string, string> = { metadata: "true" }): Promise<WebReply> {
  return ask(emulatorWith({ auth: true, principals: 2 }), `GET ${query}`, "", headers);
}

describe("the machine's metadata service", () => {
  it("gives a token of the machine's own identity, which the Web API takes", async () => {
    const emulator = emulatorWith({ auth: true });
    const reply = await ask(emulator, `GET ${path}`, "", { metadata: "true" });
    const { access_token: token, client_id } = JSON.parse(reply.body) as { access_token: string; client_id: string };
    expect(client_id).toBe(emulator.principals[0]?.clientId);
    expect((await ask(emulator, "GET WhoAmI", "", { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it("knows user-assigned identities by their ids", async () => {
    const second = "00000000-0000-4000-8000-000000000002";
    expect(JSON.parse((await asked(`${path}&client_id=${second}`)).body)).toMatchObject({ client_id: second });
  });

  it.each([
    ["a request without the header", path, {}, "Required metadata header"],
    ["a request without a version", path.replace("api-version", "v"), undefined, "api-version is missing"],
    ["another resource", path.replace("localhost", "elsewhere"), undefined, "AADSTS500011"],
    ["an identity that it does not have", `${path}&client_id=x`, undefined, "Identity not found"],
  ])("refuses %s", async (_what, query, headers, words) => {
    const reply = await asked(query, headers);
    expect([reply.status, reply.body.includes(words)]).toEqual([400, true]);
  });
});
