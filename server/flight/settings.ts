/** What the Flight service is told by the config, files already read. */

export interface CallerSettings {
  readonly name: string;
  /** The content of the token file: one token a line; two lines while tokens are rotated. */
  readonly tokens: string;
  /** Names of environments; absent = all. */
  readonly environments?: readonly string[];
  /** In lower case, as in the config; absent = all. */
  readonly modes?: readonly string[];
}

/** PEM texts. */
export interface TlsSettings {
  readonly certificate: string;
  readonly key: string;
  /** Whoever calls must show a certificate of this authority. */
  readonly clientCa?: string;
}

export interface FlightSettings {
  /** Names of the configured environments; at least one. */
  readonly environments: readonly string[];
  /** None = everyone who can connect may call. */
  readonly callers: readonly CallerSettings[];
  readonly tls?: TlsSettings;
  /** How long unread outcome rows may hold a stream up, milliseconds. */
  readonly clientStallTimeoutMs: number;
  /** How long a client may send nothing, milliseconds. */
  readonly progressTimeoutMs: number;
}
