/** Things to take up at a time: a binary heap, earliest first; equal times leave in the order they came. */

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly item: T;
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export class Delayed<T> {
  readonly #heap: Entry<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest time, in the clock's milliseconds; undefined when empty. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, item: T): void {
    const entry = { at, order: this.#order++, item };
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || !before(entry, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  /** Takes the earliest thing whose time has come. */
  due(now: number): T | undefined {
    const top = this.#heap[0];
    if (top === undefined || top.at > now) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && last !== top) this.#sink(last);
    return top.item;
  }

  /** Takes everything, in no particular order. */
  drain(): T[] {
    return this.#heap.splice(0).map((entry) => entry.item);
  }

  #sink(entry: Entry<T>): void {
    let index = 0;
    for (;;) {
      const child = this.#earlierChild(index);
      const below = this.#heap[child];
      if (below === undefined || !before(below, entry)) break;
      this.#heap[index] = below;
      index = child;
    }
    this.#heap[index] = entry;
  }

  #earlierChild(index: number): number {
    const left = index * 2 + 1;
    const a = this.#heap[left];
    const b = this.#heap[left + 1];
    return a !== undefined && b !== undefined && before(b, a) ? left + 1 : left;
  }
}
