import { CollectorError } from './errors.js';

/** Counts the bytes of all bodies that are held at a time, so that many large ones together cost no more than a few. */
export class BodyBudget {
  readonly #bytesMax: number;
  readonly #held = new Map<Request, number>();
  #total = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Counts more bytes for `request`. @throws CollectorError 503 `BUSY` when there is no room; what it has counts until `release`. */
  take(request: Request, bytes: number): void {
    // The one that is alone is let through: its own limit says how large it may be.
    if (this.#total + bytes > this.#bytesMax && this.#total > (this.#held.get(request) ?? 0)) {
      throw new CollectorError(503, 'BUSY', 'too many large requests at once', { retryAfterSeconds: 1 });
    }
    this.#held.set(request, (this.#held.get(request) ?? 0) + bytes);
    this.#total += bytes;
  }

  /** The request is over. */
  release(request: Request): void {
    this.#total -= this.#held.get(request) ?? 0;
    this.#held.delete(request);
  }
}
