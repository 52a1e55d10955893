import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { TokenSource } from "../../../server/identity/tokens.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const HOUR_MS = 3_600_000;
const { signal } = new AbortController();

/** Hands out t1, t2, …; an error in `failures` is thrown in place of the token of its turn. */
function source({ lifeMs = HOUR_MS, failures = [] as readonly (Error | undefined)[] } = {}) {
  const clock = new VirtualClock();
  let fetched = 0;
  const tokens = new TokenSource({
    clock,
    acquire: async () => {
      fetched += 1;
      const turn = fetched;
      await clock.sleep(200);
      const failure = failures[turn - 1];
      if (failure !== undefined) throw failure;
      return { value: `t${turn}`, lifeMs };
    },
  });
  const get = (rejected?: string): Promise<string> =>
    clock.run(tokens.token({ signal, ...(rejected === undefined ? {} : { rejected }) }));
  return { clock, tokens, get, fetched: () => fetched };
}

const unavailable = new SidecarError("unavailable", "503");

describe("TokenSource", () => {
  it("fetches one token for 48 who wait", async () => {
    const { clock, tokens, fetched } = source();
    const all = await clock.run(Promise.all(Array.from({ length: 48 }, () => tokens.token({ signal }))));
    expect([new Set(all), fetched()]).toEqual([new Set(["t1"]), 1]);
  });

  it("fetches one token for 48 whose token was refused", async () => {
    const { clock, tokens, get, fetched } = source();
    await get();
    const again = Array.from({ length: 48 }, () => tokens.token({ signal, rejected: "t1" }));
    expect([new Set(await clock.run(Promise.all(again))), fetched()]).toEqual([new Set(["t2"]), 2]);
  });

  it("does not throw a newer token away for a late refusal of an older one", async () => {
    const { get, fetched } = source();
    await get();
    await get("t1");
    expect([await get("t1"), fetched()]).toEqual(["t2", 2]);
  });

  it("renews ahead at 80 % of the life, while the present token serves", async () => {
    const { clock, get, fetched } = source();
    await get();
    await clock.run(clock.sleep(0.79 * HOUR_MS));
    expect([await get(), fetched()]).toEqual(["t1", 1]);
    await clock.run(clock.sleep(0.02 * HOUR_MS));
    expect([await get(), fetched()]).toEqual(["t1", 2]);
    await clock.run(clock.sleep(1_000));
    expect([await get(), fetched()]).toEqual(["t2", 2]);
  });

  it("does not renew a short-lived token in a loop", async () => {
    const { clock, get, fetched } = source({ lifeMs: 240_000 });
    for (let second = 0; second < 100; second += 1) {
      await get();
      await clock.run(clock.sleep(1_000));
    }
    expect(fetched()).toBe(1);
  });

  it("keeps the present token while renewal fails, and asks again no sooner than 30 s", async () => {
    const { clock, get, fetched } = source({ failures: [undefined, ...Array.from({ length: 40 }, () => unavailable)] });
    await get();
    await clock.run(clock.sleep(0.9 * HOUR_MS));
    for (let second = 0; second < 29; second += 1) {
      expect(await get()).toBe("t1");
      await clock.run(clock.sleep(1_000));
    }
    expect(fetched()).toBeLessThanOrEqual(5);
  });

  it("asks again several times in what is left of a short life: a new secret may become valid meanwhile", async () => {
    const rejected = new SidecarError("credentials_rejected", "not yet");
    const { clock, get, fetched } = source({ lifeMs: 20_000, failures: [undefined, rejected, rejected] });
    await get();
    for (let second = 0; second < 20; second += 1) {
      await clock.run(clock.sleep(1_000));
      await get();
    }
    expect([await get(), fetched()]).toEqual(["t4", 4]);
  });

  it("counts a token's life from before it was asked for: the way there is part of it", async () => {
    const clock = new VirtualClock();
    let fetched = 0;
    const acquire = async () => {
      await clock.sleep(5_000);
      fetched += 1;
      return { value: `t${fetched}`, lifeMs: 10_000 };
    };
    const tokens = new TokenSource({ clock, acquire });
    const { signal } = new AbortController();
    expect(await clock.run(tokens.token({ signal }))).toBe("t1");
    await clock.run(clock.sleep(5_000));
    expect(await clock.run(tokens.token({ signal }))).toBe("t2");
  });

  it("renews each of a row of short-lived tokens ahead of its end", async () => {
    const { clock, get, fetched } = source({ lifeMs: 2_000 });
    for (let i = 0; i < 100; i += 1) {
      await get();
      await clock.run(clock.sleep(100));
    }
    expect(fetched()).toBeGreaterThanOrEqual(9);
  });

  it("never hands out a dead token", async () => {
    const { clock, get } = source();
    await get();
    await clock.run(clock.sleep(HOUR_MS));
    expect(await get()).toBe("t2");
  });

  it("bears a token endpoint that is down for a moment", async () => {
    const { get } = source({ failures: [unavailable] });
    expect(await get()).toBe("t2");
  });

  it("gives up on a token endpoint that stays down", async () => {
    const { get, fetched } = source({ failures: Array.from({ length: 9 }, () => unavailable) });
    await expect(get()).rejects.toMatchObject({ code: "unavailable" });
    expect(fetched()).toBe(2);
  });

  it("asks once with a wrong secret", async () => {
    const { get, fetched } = source({ failures: [new SidecarError("credentials_rejected", "wrong")] });
    await expect(get()).rejects.toMatchObject({ code: "credentials_rejected" });
    expect(fetched()).toBe(1);
  });

  it("lets one who waits go without ending the fetch for the others", async () => {
    const { clock, tokens } = source();
    const abort = new AbortController();
    const leaving = tokens.token({ signal: abort.signal });
    const staying = tokens.token({ signal });
    abort.abort(new Error("cancelled"));
    await expect(leaving).rejects.toThrow("cancelled");
    expect(await clock.run(staying)).toBe("t1");
  });
});
