/**
 * The network between publishing and the emulator, on virtual time, with everything going wrong that can: requests that never
 * arrive, replies that are lost, writes that land a minute after their connection broke, throttles, gateways, damaged replies.
 */
import { SidecarError } from "../../server/core/errors.ts";
import type { Reply, Request, Send } from "../../server/transport/http.ts";
import { assertMayLeave } from "../../server/transport/http.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { isReset } from "../emulator/http.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

export interface WireSettings {
  /** Share of `$batch` requests that meet a fault. */
  readonly faultRate: number;
  /** Share of the parts of a `$batch` that answer 429 or a deadlock. */
  readonly partFaultRate: number;
}

/** The service's own longest: publishing must not put a newer value in before that. */
const latestMs = 140_000;
const statuses = { throttled: 429, unavailable: 503, internal: 500, gateway: 502 } as const;

type Trouble = "refused" | "reset" | "lost" | "late" | "partly" | "damaged" | "cut" | keyof typeof statuses;
const troubles: readonly Trouble[] = [
  ...(["refused", "reset", "lost", "late", "partly", "damaged", "cut"] as const),
  ...(Object.keys(statuses) as (keyof typeof statuses)[]),
];

export class BadWire {
  readonly #clock: VirtualClock;
  readonly #emulator: Emulator;
  readonly #settings: WireSettings;
  /** Principal -> no request may leave before, virtual milliseconds. */
  readonly #floors = new Map<string, number>();
  readonly played = new Map<string, number>();
  /** Writes that have not landed yet. */
  readonly late: Promise<unknown>[] = [];
  early = 0;

  constructor(clock: VirtualClock, emulator: Emulator, settings: WireSettings) {
    this.#clock = clock;
    this.#emulator = emulator;
    this.#settings = settings;
  }

  /** The innermost `Send` of a principal. */
  sender(principal: string): Send {
    return async (request, trip) => {
      assertMayLeave(trip);
      if (this.#clock.now() < (this.#floors.get(principal) ?? 0)) this.early += 1;
      const hit = request.path === "$batch" && this.#clock.random() < this.#settings.faultRate;
      const trouble = hit ? troubles[Math.floor(this.#clock.random() * troubles.length)] : undefined;
      this.played.set(trouble ?? "none", (this.played.get(trouble ?? "none") ?? 0) + 1);
      await this.#travel();
      const reply =
        trouble === undefined ? await this.#apply(request, principal) : await this.#play(trouble, request, principal);
      await this.#travel();
      this.#heard(reply, principal);
      return reply;
    };
  }

  async #play(trouble: Trouble, request: Request, principal: string): Promise<Reply> {
    switch (trouble) {
      case "refused":
        throw new SidecarError("unavailable", "Nothing listens there.");
      case "reset":
        throw lost();
      case "lost":
        await this.#apply(request, principal);
        throw lost();
      case "late": {
        const ms = this.#clock.random() * latestMs;
        this.late.push(this.#clock.sleep(ms).then(() => this.#apply(request, principal)));
        throw lost();
      }
      case "partly":
        await this.#apply(firstHalf(request), principal);
        throw lost();
      case "damaged":
        return this.#damage(await this.#apply(request, principal));
      case "cut": {
        const reply = await this.#apply(request, principal);
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
      body: request.body ?? "",
    });
    if (isReset(reply)) throw lost();
    return { status: reply.status, headers: reply.headers, body: Buffer.from(reply.body) };
  }

  #addPartFaults(request: Request): void {
    if (request.path !== "$batch") return;
    this.#emulator.faults.clear();
    const parts = Array.from({ length: countParts(request) }, (_, i) => i).filter(
      () => this.#clock.random() < this.#settings.partFaultRate,
    );
    if (parts.length === 0) return;
    const deadlock = {
      status: 500,
      code: "0x80044150",
      message: "Sql error: Generic SQL error. CRM ErrorCode: -2147204784 Sql ErrorCode: -2146232060 Sql Number: 1205",
    };
    this.#emulator.faults.add([{ effect: "part_status", parts, ...deadlock }]);
  }

  #damage(reply: Reply): Reply {
    const text = reply.body.toString("latin1");
    const ways = [
      text.replace(/HTTP\/1\.1 \d+/, "HTTP/1.1 2x4"),
      text.replace(/--batchresponse[^\r]*\r\n[\s\S]*?(?=--batchresponse)/, ""),
      text.replaceAll("\r\n", "\n"),
      `<html>${text}</html>`,
    ];
    return { ...reply, body: Buffer.from(ways[Math.floor(this.#clock.random() * ways.length)] ?? "", "latin1") };
  }

  /** From here on the client knows: what left before is not early. */
  #heard(reply: Reply, principal: string): void {
    if (reply.status !== 429) return;
    const floor = this.#clock.now() + Number(reply.headers["retry-after"]) * 1000;
    this.#floors.set(principal, Math.max(floor, this.#floors.get(principal) ?? 0));
  }

  async #travel(): Promise<void> {
    await this.#clock.sleep(10 + this.#clock.random() * 200);
  }
}

function lost(): SidecarError {
  return new SidecarError("outcome_unknown", "The connection was reset.");
}

function answer(status: number, headers: Record<string, string>): Reply {
  return { status, headers: { "content-type": "text/html", ...headers }, body: Buffer.from("<html>busy</html>") };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const delimiter = "--dataverse-flight\r\n";

function countParts(request: Request): number {
  return (
    Buffer.from(request.body ?? "")
      .toString("latin1")
      .split(delimiter).length - 1
  );
}

/** The service applied half of the operations when its connection broke. */
function firstHalf(request: Request): Request {
  const parts = Buffer.from(request.body ?? "")
    .toString("latin1")
    .split(delimiter)
    .slice(1);
  const kept = parts.slice(0, Math.ceil(parts.length / 2)).map((part) => part.replace(/--dataverse-flight--\r\n$/, ""));
  const body = Buffer.from(`${kept.map((part) => delimiter + part).join("")}--dataverse-flight--\r\n`, "latin1");
  return { ...request, body };
}
