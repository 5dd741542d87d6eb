/** A connection whose writes can be held back. */
export interface HoldableStream {
  cork(): void;
  uncork(): void;
}

/**
 * Calls that leave in one write at most. All of a turn in one write would have the server idle while they are made, and this process idle while
 * they are answered; one write each costs more than all else that is done for a call.
 *
 *   one write    made |--------|        made |--------|
 *                answered      |--------|    answered  |--------|
 *   eights       made |--|--|--|--|--|--|--|
 *                answered |--|--|--|--|--|--|--|
 */
const TOGETHER_MAX = 8;

/** Has the calls of one turn of the event loop leave together, some at a time. */
export class HeldWrites {
  #stream: HoldableStream | undefined;
  #count = 0;

  /** To be told before each call that is written to `stream` in this turn. */
  hold(stream: HoldableStream): void {
    if (this.#stream === undefined) {
      this.#stream = stream;
      this.#count = 1;
      stream.cork();
      process.nextTick(() => {
        this.#stream = undefined;
        stream.uncork();
      });
      return;
    }
    // A client that reconnects within a turn: the first connection is let go at its end.
    if (this.#stream !== stream) return;
    if (this.#count === TOGETHER_MAX) {
      stream.uncork();
      stream.cork();
      this.#count = 0;
    }
    this.#count += 1;
  }
}
