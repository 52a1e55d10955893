import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../server/core/clock.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import { ManagedIdentities } from "../../../server/identity/managed-identity.ts";
import type { Http, HttpRequest } from "../../../server/identity/network.ts";

const resourceOrigin = "https://contoso.crm.dynamics.com";
const granted = () => ({
  access_token: "token",
  expires_on: String(Math.floor(systemClock.wall() / 1000) + 3600),
  resource: resourceOrigin,
  token_type: "Bearer",
});

// One for all tests, as for all of a process: the library keeps the first network that it gets.
let service: Http = () => Promise.reject(new Error("nobody was to ask"));
let wall = systemClock.wall;
const machine = new ManagedIdentities({
  clock: { ...systemClock, wall: () => wall() },
  http: (request) => service(request),
});

function acquiring(status: number, body: unknown, clientId?: string) {
  const asked: HttpRequest[] = [];
  service = (request) => {
    asked.push(request);
    return Promise.resolve({ status, headers: {}, body: JSON.stringify(body) });
  };
  const whose = clientId === undefined ? {} : { clientId };
  return { asked, acquire: machine.of({ resourceOrigin, ...whose }) };
}

// Those by which the library would know another service than that of a virtual machine.
beforeEach(() => {
  for (const name of ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"]) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  wall = systemClock.wall;
});

describe("ManagedIdentities", () => {
  it("forgets the failure of the last time", async () => {
    service = () => Promise.reject(new SidecarError("unavailable", "away"));
    await expect(machine.of({ resourceOrigin })()).rejects.toMatchObject({ message: "away" });
    await expect(acquiring(400, { error: "invalid_request" }).acquire()).rejects.toMatchObject({
      code: "credentials_rejected",
    });
  });

  it("asks the machine's metadata service for a token of the environment", async () => {
    const { acquire, asked } = acquiring(200, granted());
    const { value, lifeMs } = await acquire();
    expect([value, Math.round(lifeMs / 60_000)]).toEqual(["token", 60]);
    const url = new URL(asked[0]?.url ?? "");
    expect([asked.length, url.origin, url.searchParams.get("resource"), url.searchParams.get("client_id")]).toEqual([
      1,
      "http://169.254.169.254",
      resourceOrigin,
      null,
    ]);
    expect(new Headers(asked[0]?.headers).get("metadata")).toBe("true");
  });

  it("names a user-assigned identity", async () => {
    const { acquire, asked } = acquiring(200, granted(), "00000000-0000-0000-0000-000000000007");
    await acquire();
    expect(asked[0]?.url).toContain("client_id=00000000-0000-0000-0000-000000000007");
  });

  it("asks again each time, since the cache is ours", async () => {
    const { acquire, asked } = acquiring(200, granted());
    await acquire();
    await acquire();
    expect(asked).toHaveLength(2);
  });

  it.each([
    [undefined, "for its own identity (invalid_request)"],
    ["00000000-0000-0000-0000-000000000007", "for identity 00000000-0000-0000-0000-000000000007"],
  ])("tells what to do where the machine does not have identity %s", async (clientId, words) => {
    const body = { error: "invalid_request", error_description: "Identity not found: canary" };
    const failed = await acquiring(400, body, clientId)
      .acquire()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "credentials_rejected", message: expect.stringContaining(words) });
    expect((failed as SidecarError).line).not.toContain("canary");
  });

  it("takes a token whose life is not told for one of five minutes", async () => {
    const { expires_on: _untold, ...rest } = granted();
    expect((await acquiring(200, rest).acquire()).lifeMs).toBe(300_000);
  });

  it("takes it so by a clock that is nearly a second behind, too: the library knows seconds alone", async () => {
    const { expires_on: _untold, ...rest } = granted();
    wall = () => Math.round(systemClock.wall() / 1000) * 1000 - 999;
    expect((await acquiring(200, rest).acquire()).lifeMs).toBe(300_000);
  });

  it("repeats no code of the machine's service that could be a sentence", async () => {
    const failed = await acquiring(400, { error: "canary of somebody" })
      .acquire()
      .catch((error: unknown) => error);
    expect((failed as SidecarError).line).toMatch(/^\S+ The machine gave no token for its own identity\. /);
  });

  it("says off Azure that there is no such thing", async () => {
    service = () => Promise.reject(new SidecarError("outcome_unknown", "lost"));
    await expect(machine.of({ resourceOrigin })()).rejects.toMatchObject({
      code: "unavailable",
      remedy: expect.stringContaining("Azure"),
    });
  });
});
