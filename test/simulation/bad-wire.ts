/**
 * The network between publishing and the emulator, on virtual time, with everything going wrong that can: requests that never
 * arrive, replies that are lost, writes that land a minute after their connection broke, throttles, gateways, damaged replies.
 */
import { SidecarError } from "../../server/core/errors.ts";
import type { Reply, Request, Send } from "../../server/transport/http.ts";
import { assertMayLeave } from "../../server/transport/http.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { Refusal } from "../emulator/faults/script.ts";
import { isReset } from "../emulator/wire/http.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";
import { damaged } from "./damage.ts";
import { countParts, firstHalf, kindOf } from "./requests.ts";

export interface WireSettings {
  /** Share of requests for rows that meet a fault. */
  readonly faultRate: number;
  /** Share of the parts of a `$batch`, and of bulk messages, that answer 429 or a deadlock. */
  readonly partFaultRate: number;
  /** What the nth request for rows meets, counted from 1, in place of chance; undefined leaves it to chance. */
  readonly script?: (nth: number) => Trouble | "none" | undefined;
  /** What the service makes of a body before it reads it. */
  readonly takenFor?: (body: Uint8Array) => Uint8Array;
}

/** The service's own longest: publishing must not put a newer value in before that. */
const latestMs = 140_000;
const throttled: Refusal = { status: 429, code: "0x80072322", message: "slower", retry_after: 7 };
const deadlock: Refusal = {
  status: 500,
  code: "0x80044150",
  message: "Sql error: Generic SQL error. CRM ErrorCode: -2147204784 Sql ErrorCode: -2146232060 Sql Number: 1205",
};
const statuses = { throttled: 429, unavailable: 503, internal: 500, gateway: 502 } as const;

type Chance = "refused" | "reset" | "lost" | "late" | "silent" | "partly" | "damaged" | "cut" | keyof typeof statuses;
/** The last two come by script alone: they stop the run. */
export type Trouble = Chance | "forbidden" | "unauthorized";
const troubles: readonly Chance[] = [
  ...(["refused", "reset", "lost", "late", "silent", "partly", "damaged", "cut"] as const),
  ...(Object.keys(statuses) as (keyof typeof statuses)[]),
];

/** `since`: when the client heard of it; what leaves in the same instant had left before. */
interface Floor {
  readonly since: number;
  readonly until: number;
}

export class BadWire {
  readonly #clock: VirtualClock;
  readonly #emulator: Emulator;
  readonly #settings: WireSettings;
  /** Principal -> between when no request may leave, virtual milliseconds. */
  readonly #floors = new Map<string, Floor>();
  readonly played = new Map<string, number>();
  /** Writes that have not landed yet. */
  readonly late: Promise<unknown>[] = [];
  early = 0;
  /** Requests for rows that left. */
  calls = 0;

  constructor(clock: VirtualClock, emulator: Emulator, settings: WireSettings) {
    this.#clock = clock;
    this.#emulator = emulator;
    this.#settings = settings;
  }

  /** The innermost `Send` of a principal. */
  sender(principal: string): Send {
    return async (request, trip) => {
      assertMayLeave(trip);
      const now = this.#clock.now();
      const floor = this.#floors.get(principal);
      if (floor !== undefined && now > floor.since && now < floor.until) this.early += 1;
      const trouble = kindOf(request) === "metadata" ? undefined : this.#draw();
      this.played.set(trouble ?? "none", (this.played.get(trouble ?? "none") ?? 0) + 1);
      await this.#travel();
      if (trouble === "silent") {
        await this.#apply(request, principal);
        await new Promise<never>((_, reject) =>
          trip.cut?.addEventListener("abort", () => reject(trip.cut?.reason), { once: true }),
        );
      }
      const reply =
        trouble === undefined ? await this.#apply(request, principal) : await this.#play(trouble, request, principal);
      await this.#travel();
      const readable = trouble !== "damaged" && trouble !== "cut";
      if (readable) this.#heard(reply, principal);
      return reply;
    };
  }

  #draw(): Trouble | undefined {
    this.calls += 1;
    const scripted = this.#settings.script?.(this.calls);
    if (scripted !== undefined) return scripted === "none" ? undefined : scripted;
    const hit = this.#clock.random() < this.#settings.faultRate;
    return hit ? troubles[Math.floor(this.#clock.random() * troubles.length)] : undefined;
  }

  async #play(trouble: Trouble, request: Request, principal: string): Promise<Reply> {
    switch (trouble) {
      case "refused":
        throw new SidecarError("unavailable", "Nothing listens there.");
      case "reset":
      case "silent":
        throw lost();
      case "forbidden":
        return answer(403, { "content-type": "application/json" }, '{"error":{"code":"0x80040220","message":"no"}}');
      case "unauthorized":
        throw new SidecarError("credentials_rejected", "The service refused two tokens in a row (401).");
      case "lost":
        await this.#apply(request, principal);
        throw lost();
      case "late": {
        const ms = this.#clock.random() * latestMs;
        // On its way already: the sender may take the memory of its body back.
        const left: Request = request.body === undefined ? request : { ...request, body: Buffer.from(request.body) };
        this.late.push(this.#clock.sleep(ms).then(() => this.#apply(left, principal)));
        throw lost();
      }
      case "partly":
        await this.#apply(kindOf(request) === "batch" ? firstHalf(request) : request, principal);
        throw lost();
      case "damaged":
        return damaged(await this.#apply(request, principal), request, this.#clock.random);
      case "cut": {
        const reply = await this.#apply(request, principal);
        // A multipart body that ends early looks whole to the transport where a proxy counted its bytes anew; JSON never does.
        if (kindOf(request) !== "batch") throw lost();
        return { ...reply, body: reply.body.subarray(0, Math.floor(this.#clock.random() * reply.body.length)) };
      }
      case "throttled":
        return answer(429, { "retry-after": String(1 + Math.floor(this.#clock.random() * 30)) });
      case "unavailable":
      case "internal":
      case "gateway":
        if (this.#clock.random() < 0.5) await this.#apply(request, principal);
        return answer(statuses[trouble], {});
    }
  }

  async #apply(request: Request, principal: string): Promise<Reply> {
    this.#addPartFaults(request);
    const reply = await this.#emulator.handle({
      method: request.method,
      url: `/api/data/v9.2/${request.path}`,
      headers: lowerCase({ ...request.headers, "x-emulator-principal": principal }),
      body: this.#settings.takenFor?.(request.body ?? new Uint8Array(0)) ?? request.body ?? "",
    });
    if (isReset(reply)) throw lost();
    return { status: reply.status, headers: reply.headers, body: Buffer.from(reply.body) };
  }

  #addPartFaults(request: Request): void {
    const { faults } = this.#emulator;
    const rate = this.#settings.partFaultRate;
    faults.clear();
    const kind = kindOf(request);
    if (kind === "batch") {
      const parts = Array.from({ length: countParts(request) }, (_, i) => i).filter(() => this.#clock.random() < rate);
      if (parts.length > 0) faults.add([{ effect: "part_status", parts, ...this.#refusal() }]);
    } else if (kind === "bulk" && this.#clock.random() < rate) faults.add([{ effect: "status", ...this.#refusal() }]);
  }

  #refusal(): Refusal {
    return this.#clock.random() < 0.5 ? throttled : deadlock;
  }

  /** From here on the client knows: what left before is not early. */
  #heard(reply: Reply, principal: string): void {
    const part =
      reply.status === 200 ? /\r\nretry-after: (\d+)\r\n/i.exec(reply.body.toString("latin1"))?.[1] : undefined;
    const told = reply.status === 429 ? reply.headers["retry-after"] : part;
    if (told === undefined) return;
    const since = this.#clock.now();
    const before = this.#floors.get(principal);
    const until = Math.max(since + Number(told) * 1000, before?.until ?? 0);
    this.#floors.set(principal, { since: before !== undefined && before.until > since ? before.since : since, until });
  }

  async #travel(): Promise<void> {
    await this.#clock.sleep(10 + this.#clock.random() * 200);
  }
}

function lost(): SidecarError {
  return new SidecarError("outcome_unknown", "The connection was reset.");
}

function answer(status: number, headers: Record<string, string>, body = "<html>busy</html>"): Reply {
  return { status, headers: { "content-type": "text/html", ...headers }, body: Buffer.from(body) };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
