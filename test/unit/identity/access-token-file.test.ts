import { describe, expect, it } from "vitest";
import { Secret } from "../../../server/core/secret.ts";
import { accessTokenFile } from "../../../server/identity/access-token-file.ts";
import { TokenSource } from "../../../server/identity/tokens.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("accessTokenFile", () => {
  it("sees within a minute that the file has changed", async () => {
    const clock = new VirtualClock();
    let text = "first\n";
    const acquire = accessTokenFile("/t", { readSecret: () => new Secret(text) });
    const tokens = new TokenSource({ clock, acquire });
    const { signal } = new AbortController();
    expect(await tokens.token({ signal })).toBe("first");
    text = "second";
    await clock.run(clock.sleep(60_000));
    await tokens.token({ signal });
    await clock.run(clock.sleep(1));
    expect(await tokens.token({ signal })).toBe("second");
  });

  it.each(["", "  ", "two words", "a\nb"])("refuses %j without quoting it", async (text) => {
    const acquire = accessTokenFile("/t", { readSecret: () => new Secret(text) });
    await expect(acquire()).rejects.toMatchObject({
      code: "credentials_rejected",
      message: "/t holds no access token.",
      remedy: "It must hold the token alone, on one line.",
    });
  });
});
