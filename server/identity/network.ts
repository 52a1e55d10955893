/** What the library sends and gets by, in place of its own network: it never learns of another host. */
import type { INetworkModule, NetworkRequestOptions } from "@azure/msal-node";
import { asSidecarError, SidecarError } from "../core/errors.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Must refuse every host but the one that gives tokens. */
export type Http = (request: HttpRequest) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}>;

export interface NetworkOptions {
  readonly http: Http;
  /** What to do when it gives no answer. */
  readonly remedy: string;
}

interface NetworkReply<T> {
  headers: Record<string, string>;
  body: T;
  status: number;
}

/** Keeps the first failure of the network, which the library would replace by one of its own words. */
export class Network implements INetworkModule {
  readonly #options: NetworkOptions;
  failure: SidecarError | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkReply<T>> {
    return this.#send("GET", url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkReply<T>> {
    return this.#send("POST", url, options);
  }

  async #send<T>(method: "GET" | "POST", url: string, options: NetworkRequestOptions = {}): Promise<NetworkReply<T>> {
    try {
      const { headers = {}, body } = options;
      const reply = await this.#options.http({ method, url, headers, ...(body === undefined ? {} : { body }) });
      const retryAfter = Number(reply.headers["retry-after"] ?? Number.NaN);
      if (reply.status === 429 || reply.status >= 500) {
        throw this.#unavailable(`answered ${reply.status}`, { retryAfter });
      }
      return { status: reply.status, headers: present(reply.headers), body: this.#parsed(reply) as T };
    } catch (error) {
      this.failure ??= this.#failureOf(error);
      throw this.failure;
    }
  }

  #parsed({ status, body }: { readonly status: number; readonly body: string }): unknown {
    try {
      return JSON.parse(body);
    } catch (cause) {
      throw this.#unavailable(`answered ${status} with something that is not JSON`, { cause });
    }
  }

  /** Asking for a token changes nothing, so a lost reply is no more than a token endpoint that is not there. */
  #failureOf(error: unknown): SidecarError {
    if (error instanceof SidecarError && error.code !== "outcome_unknown") return error;
    const { message } = asSidecarError(error);
    return this.#unavailable("gave no readable reply", { cause: error, why: message });
  }

  #unavailable(
    what: string,
    { retryAfter = Number.NaN, cause, why = "" }: { retryAfter?: number; cause?: unknown; why?: string },
  ): SidecarError {
    return new SidecarError("unavailable", `The token endpoint ${what}.${why === "" ? "" : ` ${why}`}`, {
      remedy: this.#options.remedy,
      cause,
      ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
    });
  }
}

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
