/**
 * A promise that is made only when somebody asks for it.
 *
 * @module
 */

/** As `Promise.then` takes it. */
type OnRejected<B> = Parameters<typeof Promise.prototype.then<unknown, B>>[1];

/**
 * What can be awaited like a promise, but is none until then. A promise that rejects, and that nobody awaits, ends the
 * process; this one has not even been made.
 */
export abstract class LazyPromise<T> implements PromiseLike<T> {
  /** Makes the promise: whoever asks for it listens, and a failure is theirs from now on. */
  protected abstract outcome(): Promise<T>;

  /** As a promise has it. */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<B>,
  ): Promise<A | B> {
    return this.outcome().then(onFulfilled, onRejected);
  }

  /** As a promise has it. */
  catch<B = never>(onRejected?: OnRejected<B>): Promise<T | B> {
    return this.outcome().catch(onRejected);
  }

  /** As a promise has it. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.outcome().finally(onFinally);
  }
}
