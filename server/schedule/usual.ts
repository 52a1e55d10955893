/** How long requests take of late, over as much execution whether they are short or long, and what that makes a request cost. */

/** Seconds of execution over which the mean is taken: seven requests of 8 s, some hundreds of short ones. */
const memorySeconds = 60;
/** 1,200 s for 6,000 requests: shorter ones fill the window of requests before that of execution. */
const secondsPerRequest = 0.2;
/** From this share of the one window that the other one has on, a request has a price, which rises with the share; seconds. */
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
