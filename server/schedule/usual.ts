/** How long requests take of late, and what that makes a request cost beside its execution. */

/** Seconds of execution over which the mean is taken, so that it covers as much work of short requests as of long ones. */
const memorySeconds = 60;
/** 1,200 s for 6,000 requests: shorter ones fill the window of requests before the window of execution. */
const secondsPerRequest = 0.2;
/** A request has a price once the window of requests fills at this share of the pace of the other one. It rises with that, to so many seconds. */
const surchargeFrom = 0.8;
const surchargeMost = 0.1;

export class Usual {
  #sum = 1;
  #requests = 1;

  /** A second until more is known. */
  get seconds(): number {
    return this.#sum / this.#requests;
  }

  /** What a request costs beside its execution, in terms of it, seconds: more, the sooner it is the window of requests that is full. */
  get surcharge(): number {
    return surchargeMost * Math.min(1, Math.max(0, secondsPerRequest / this.seconds - surchargeFrom));
  }

  /** A request was executed for so many seconds, more than none. */
  add(seconds: number): void {
    const kept = Math.exp(-seconds / memorySeconds);
    this.#sum = this.#sum * kept + seconds;
    this.#requests = this.#requests * kept + 1;
  }
}
