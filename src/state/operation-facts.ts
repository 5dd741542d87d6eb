import type { Operation } from '../operation/operation.js';

/** Operations whose facts are remembered. */
const REMEMBERED_MAX = 1_000;
/** Metadata of more characters than this is not remembered. */
const REMEMBERED_METADATA_LENGTH_MAX = 16_384;

/** What changes seldom in an operation, under the name that the store gives to just these facts. */
export interface OperationFacts extends Pick<Operation, 'traceId' | 'owner' | 'createdAt' | 'progressTimeoutMs' | 'metadata'> {
  /** Another one whenever any of them is written, also by others; never the same one twice. */
  readonly token: string;
}

/**
 * The facts of the operations that this process wrote last, so that an answer need not bring them each time: reading all fields takes a
 * script three times as long as the step itself. The store says with each answer whether they are still the same.
 */
export class RememberedFacts {
  readonly #facts = new Map<string, OperationFacts>();

  get(operationId: string): OperationFacts | undefined {
    return this.#facts.get(operationId);
  }

  /** Takes in what is known of an operation from now on. Of too many the one goes that was taken in first. */
  set(token: string, { operationId, traceId, owner, createdAt, progressTimeoutMs, metadata }: Operation): void {
    this.#facts.delete(operationId);
    let length = 0;
    for (const name in metadata) length += name.length + (metadata[name]?.length ?? 0);
    if (length > REMEMBERED_METADATA_LENGTH_MAX) return;
    if (this.#facts.size >= REMEMBERED_MAX) this.#facts.delete(this.#facts.keys().next().value as string);
    // Copies: what callers do to an answer must not show in the next one.
    const { identity, workflow } = owner;
    const keptOwner = Object.freeze(
      workflow === undefined ? { identity } : { identity, workflow: Object.freeze({ ...workflow }) },
    );
    this.#facts.set(operationId, {
      token,
      traceId,
      createdAt,
      progressTimeoutMs,
      owner: keptOwner,
      metadata: { ...metadata },
    });
  }

  forget(operationId: string): void {
    this.#facts.delete(operationId);
  }
}
