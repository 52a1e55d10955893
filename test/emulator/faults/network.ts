/** What is wrong beneath the requests: nothing listens, or new connections are shown a bad certificate. */
import type { Clock } from "../core/clock.ts";
import type { CertificateKind } from "./script.ts";

/** Whoever holds the sockets. */
export interface Sockets {
  /** Nothing listens, and what is connected is reset, until `open`. */
  close(): void;
  open(): void;
  /** For new connections. */
  show(certificate: CertificateKind): void;
}

export class Network {
  private readonly clock: Clock;
  private sockets: Sockets | undefined;
  /** Milliseconds since 1970. */
  private downUntil = 0;
  private shown: CertificateKind = "good";
  /** A later order makes the end of an earlier one void. */
  private orders = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Sockets that were not there before show what is shown. */
  attach(sockets: Sockets): void {
    if (this.sockets !== sockets) {
      this.sockets = sockets;
      sockets.show(this.shown);
    }
  }

  get isDown(): boolean {
    return this.clock.now() < this.downUntil;
  }

  get certificate(): CertificateKind {
    return this.shown;
  }

  goDown(ms: number): void {
    const until = this.clock.now() + ms;
    if (until <= this.downUntil) {
      return;
    }
    this.downUntil = until;
    this.sockets?.close();
    this.after(ms, () => {
      // Not whether the time is over: a timer may come a millisecond early by the clock.
      if (this.downUntil === until) {
        this.downUntil = 0;
        this.sockets?.open();
      }
    });
  }

  /** `ms`: for so long; without it until told otherwise. */
  showCertificate(kind: CertificateKind, ms?: number): void {
    this.orders += 1;
    const order = this.orders;
    this.shown = kind;
    this.sockets?.show(kind);
    if (ms !== undefined) {
      this.after(ms, () => {
        if (this.orders === order) {
          this.showCertificate("good");
        }
      });
    }
  }

  /** As at the start. */
  mend(): void {
    const wasDown = this.isDown;
    this.downUntil = 0;
    if (wasDown) {
      this.sockets?.open();
    }
    if (this.shown !== "good") {
      this.showCertificate("good");
    }
  }

  private after(ms: number, then: () => void): void {
    void this.clock.sleep(ms).then(then);
  }
}
