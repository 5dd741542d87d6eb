import { setTimeout as sleep } from 'node:timers/promises';
import { ProfileAccumulator } from '../analysis/profile-accumulator.js';
import type { Span } from '../span/span.js';
import type { ArtefactType } from '../store/artefact-store.js';
import type { Page, Paged, SpanChange, StoreScope, TraceFilter, TraceSummary } from '../store/span-store.js';
import type { TraceStore } from '../store/trace-store.js';
import type { Profile } from '../analysis/profile-accumulator.js';
import type { ChangeQuery, TraceSource } from './trace-source.js';

const POLL_MS = 250;
const CHANGES_AT_ONCE = 1_000;

/** A span store, opened for reading. */
export class StoreSource implements TraceSource {
  readonly name: string;
  readonly #store: TraceStore;
  readonly #scope: StoreScope;

  readonly elsewhere?: () => Promise<string | undefined>;

  constructor(store: TraceStore, name: string, scope: StoreScope, elsewhere?: () => Promise<string | undefined>) {
    if (elsewhere !== undefined) this.elsewhere = elsewhere;
    this.#store = store;
    this.#scope = scope;
    this.name = `store ${name}`;
  }

  listTraces(filter: TraceFilter, page: Page): Promise<Paged<TraceSummary>> {
    return this.#store.listTraces(filter, page, this.#scope);
  }

  trace(traceId: string): Promise<readonly Span[]> {
    return this.#store.trace(traceId, this.#scope);
  }

  async artefactRows(workflowId: string, type: ArtefactType): Promise<AsyncIterable<string> | undefined> {
    if (!(await this.#store.hasWorkflow(workflowId, this.#scope))) return undefined;
    return this.#store.artefactRows(workflowId, type, this.#scope);
  }

  async profile(workflowId: string): Promise<Profile | undefined> {
    if (!(await this.#store.hasWorkflow(workflowId, this.#scope))) return undefined;
    const accumulator = new ProfileAccumulator();
    for await (const row of this.#rows(workflowId, 'spans')) accumulator.addSpan(row);
    for await (const row of this.#rows(workflowId, 'assets')) accumulator.addAsset(row);
    for await (const row of this.#rows(workflowId, 'lineage')) accumulator.addLineage(row);
    return accumulator.profile(workflowId);
  }

  async *changes(query: ChangeQuery, signal: AbortSignal): AsyncGenerator<SpanChange> {
    let after = query.fromStart ? 0 : await this.#store.lastSequence(this.#scope);
    const ofTrace = query.traceId === undefined ? {} : { traceId: query.traceId };
    while (!signal.aborted) {
      const changes = await this.#store.changes({ after, limit: CHANGES_AT_ONCE, ...ofTrace }, this.#scope);
      for (const change of changes) {
        yield change;
        after = change.sequence;
      }
      // Until there is nothing left without a pause: a store takes changes faster than one look brings.
      if (changes.length < CHANGES_AT_ONCE) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async *#rows(workflowId: string, type: ArtefactType): AsyncGenerator {
    for await (const text of this.#store.artefactRows(workflowId, type, this.#scope)) yield parsed(text);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Kept as it was uploaded; the accumulator counts it as malformed.
    return undefined;
  }
}
