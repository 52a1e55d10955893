import { describe, expect, it } from "vitest";
import { cannotListen } from "../../../server/core/listening.ts";

const at = { what: "The server", address: "10.0.0.1:80", setting: "listen" };

describe("cannotListen", () => {
  it.each([
    [
      "No address added: [listen EADDRINUSE: 10.0.0.1:80]",
      "something else listens there",
      "Choose another port (`listen.port`)",
    ],
    ["listen EADDRNOTAVAIL: address not available", "this machine has no such address", "Give `listen.host` one"],
    ["getaddrinfo ENOTFOUND nowhere", "this machine has no such address", "Give `listen.host` one"],
    ["listen EACCES: permission denied", "this user may not", "Choose a `listen.port` from 1024 on"],
    ["listen EWHATEVER", "listen EWHATEVER", "Check `listen`"],
  ])("says why, and which key to change: %s", (cause, why, remedy) => {
    const error = cannotListen(at, new Error(cause));
    expect(error.message).toBe(`The server cannot listen on 10.0.0.1:80: ${why}.`);
    expect(error.remedy).toContain(remedy);
  });
});
