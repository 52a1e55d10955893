/** The words of a fault script: which requests are hit, and what happens to them. */
import type { ErrorName } from "./words.ts";

/** Which operations are meant: of a `$batch` each one, otherwise the request itself. */
export interface OperationMatch {
  /** Regular expression over method, blank and URL: `^PATCH .*accounts\(`. */
  readonly operation?: string;
  /** Logical name; the URL names its entity set. */
  readonly table?: string;
  /** Text that the operation's body or URL holds: the value of a row. */
  readonly contains?: string;
}

export interface FaultMatch extends OperationMatch {
  /** The first matching request that is hit, counted from 1; default 1. */
  readonly nth?: number;
  /** Matching requests that are hit from there on; default 1, of a `rate` 100,000. */
  readonly count?: number;
  /** Regular expression over path and query. */
  readonly path?: string;
  readonly method?: string;
  /** True: `$batch` only; false: all but `$batch`. */
  readonly batch?: boolean;
  /** `token`: the identity provider's endpoints; default `api`. */
  readonly on?: "api" | "token";
  /** Client id. */
  readonly principal?: string;
  /** Milliseconds since the script was added: no request before is hit. */
  readonly from_ms?: number;
  /** Milliseconds since the script was added: no request from then on is hit. */
  readonly until_ms?: number;
}

/** Sent as it is, so that it can lie; `date_in_s` becomes an HTTP date, a list becomes several headers. */
export type RetryAfter = RetryAfterForm | readonly RetryAfterForm[];
export type RetryAfterForm = number | string | { readonly date_in_s: number };

/** A refusal: `error` names a known one, the other fields say it otherwise. */
export interface Refusal {
  readonly status?: number;
  readonly error?: ErrorName;
  readonly code?: string;
  readonly message?: string;
  readonly retry_after?: RetryAfter;
}

export type FaultEffect =
  /** The connection is reset and nothing is applied. */
  | { readonly effect: "reset_before" }
  /** Applied, then the connection is reset. `applied`: only so many operations of a batch are. */
  | { readonly effect: "lose_reply"; readonly applied?: number }
  /** This request is reset, and for so many milliseconds nothing listens. */
  | { readonly effect: "outage"; readonly ms: number }
  /** Answered so without being applied. `text`: this very body. */
  | (Refusal & {
      readonly effect: "status";
      readonly body?: "json" | "html" | "empty" | "envelope";
      readonly text?: string;
      readonly content_type?: string;
    })
  /** These operations of a batch, counted from 0 or by `where`, answer so without being applied. */
  | (Refusal & { readonly effect: "part_status"; readonly parts?: readonly number[]; readonly where?: OperationMatch })
  /** The change set, counted from 0, fails at this operation of it, counted from 0, and is not applied. */
  | (Refusal & { readonly effect: "fail_change_set"; readonly set?: number; readonly at?: number })
  /** Not applied. Default: the same path under another name of this host, where it is recorded who followed. */
  | { readonly effect: "redirect"; readonly status?: number; readonly location?: string }
  /** 200 with an error in it. `applied`: it happened all the same. */
  | (Refusal & { readonly effect: "error_inside"; readonly applied?: boolean })
  /** Applied; 204 without body and headers, whatever is due. */
  | { readonly effect: "no_content" }
  /** Applied; a bulk message's ids are not those of its rows. */
  | { readonly effect: "wrong_ids"; readonly how: WrongIds }
  /** Applied; headers set, sent several times (a list) or left out (null). */
  | { readonly effect: "headers"; readonly headers: Readonly<Record<string, string | readonly string[] | null>> }
  /** Applied; breaks after so many bytes of the body: the connection, or (`length`) the body, which claims to be whole. */
  | { readonly effect: "truncate_reply"; readonly bytes: number; readonly how?: "connection" | "length" }
  /** Applied and answered; then the connection, though kept alive, is closed without a word. */
  | { readonly effect: "stale_connection" }
  /** Applied; the multipart answer is damaged. `part`: which one, counted from 0. */
  | { readonly effect: "malformed_multipart"; readonly how: Damage; readonly part?: number }
  /** Milliseconds, before it is applied (default) or after. */
  | { readonly effect: "slow"; readonly ms: number; readonly when?: "before" | "after" }
  /** Applied; the body leaves at so many bytes a second. */
  | { readonly effect: "slow_body"; readonly bytes_per_s: number }
  /** Applied; the body, or the header lines, never end. */
  | { readonly effect: "endless_body" }
  | { readonly effect: "endless_headers" }
  /** Applied; the body is compressed, whether the client asked or not. */
  | { readonly effect: "gzip" }
  /** Applied; the compressed body unfolds to so many bytes more. */
  | { readonly effect: "gzip_bomb"; readonly bytes: number }
  /** Every token given out becomes worthless; the request gets 401. */
  | { readonly effect: "revoke_tokens" }
  /** On `token`: the token given out lives so long. `claimed`: what the answer says of it. */
  | { readonly effect: "token_life"; readonly seconds: number; readonly claimed?: number }
  /** From this request on, new connections are shown this certificate. `ms`: for so long. */
  | { readonly effect: "certificate"; readonly certificate: CertificateKind; readonly ms?: number };

export type EffectName = FaultEffect["effect"];
export type EffectOf<Name extends EffectName> = Extract<FaultEffect, { readonly effect: Name }>;

export const damages = [
  ...(["wrong_boundary", "no_boundary", "missing_part", "doubled_part", "swapped_parts", "no_end", "lf_only"] as const),
  ...(["nested_part", "junk_prefix", "boundary_inside", "bad_status_line", "no_parts"] as const),
] as const;
export type Damage = (typeof damages)[number];

export const wrongIds = ["too_few", "too_many", "reordered", "foreign", "none"] as const;
export type WrongIds = (typeof wrongIds)[number];

export const certificateKinds = ["good", "expired", "wrong_name", "self_signed"] as const;
export type CertificateKind = (typeof certificateKinds)[number];

export type Fault = {
  readonly match?: FaultMatch;
  /** Share of the matching requests that are hit, drawn from the seed; default all. */
  readonly rate?: number;
} & FaultEffect;
