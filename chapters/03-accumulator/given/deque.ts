/**
 * A queue with two ends, Java's `ArrayDeque`: elements in a ring, so that nothing moves when one is added or taken at
 * either end. (`Array.shift` moves all the others, which shows once a queue has thousands.)
 *
 * @module
 */

/** A queue with two ends. */
export class Deque<T> {
  /** A power of two long, so that a position is a bit mask away. */
  #ring: (T | undefined)[] = new Array<T | undefined>(8).fill(undefined);
  #head = 0;
  #length = 0;

  /** How many elements there are. */
  get length(): number {
    return this.#length;
  }

  /** The first element; undefined when there is none. */
  get first(): T | undefined {
    return this.#ring[this.#head];
  }

  /** The last element; undefined when there is none. */
  get last(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#slot(this.#length - 1)];
  }

  /** Puts `element` behind the last. */
  addLast(element: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[this.#slot(this.#length)] = element;
    this.#length++;
  }

  /** Puts `element` in front of the first. */
  addFirst(element: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#head = this.#slot(this.#ring.length - 1);
    this.#ring[this.#head] = element;
    this.#length++;
  }

  /** Takes the first element away; undefined when there is none. */
  pollFirst(): T | undefined {
    const element = this.#ring[this.#head];
    if (this.#length === 0) return undefined;
    this.#ring[this.#head] = undefined;
    this.#head = this.#slot(1);
    this.#length--;
    return element;
  }

  /** Takes the last element away; undefined when there is none. */
  pollLast(): T | undefined {
    if (this.#length === 0) return undefined;
    const at = this.#slot(this.#length - 1);
    const element = this.#ring[at];
    this.#ring[at] = undefined;
    this.#length--;
    return element;
  }

  /**
   * Takes out all elements for which `unwanted` is true; the others keep their order. @returns those taken out, in
   * order
   */
  removeIf(unwanted: (element: T) => boolean): T[] {
    const removed: T[] = [];
    for (let i = 0; i < this.#length; i++) {
      const element = this.#ring[this.#slot(i)]!;
      if (unwanted(element)) removed.push(element);
      else if (removed.length > 0) this.#ring[this.#slot(i - removed.length)] = element;
    }
    for (let i = 0; i < removed.length; i++) this.pollLast();
    return removed;
  }

  /** First to last. The queue may not change meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[this.#slot(i)]!;
  }

  /** Where the element `index` lies, counted from the first. */
  #slot(index: number): number {
    return (this.#head + index) & (this.#ring.length - 1);
  }

  #grow(): void {
    const elements = [...this];
    this.#ring = new Array<T | undefined>(2 * elements.length).fill(undefined);
    elements.forEach((element, i) => (this.#ring[i] = element));
    this.#head = 0;
  }
}
