import type { Profile } from '../analysis/profile-accumulator.js';
import type { CollectorClient } from '../client/collector-client.js';
import { CollectorClientError } from '../client/errors.js';
import type { Span } from '../span/span.js';
import type { ArtefactType } from '../store/artefact-store.js';
import type { Page, Paged, SpanChange, TraceFilter, TraceSummary } from '../store/span-store.js';
import type { CliIo } from './cli-io.js';
import type { ChangeQuery, TraceSource } from './trace-source.js';

/** A collector, asked over HTTP. */
export class ServerSource implements TraceSource {
  readonly name: string;
  readonly #client: CollectorClient;
  readonly #io: CliIo;

  constructor(client: CollectorClient, url: string, io: CliIo) {
    this.#client = client;
    this.#io = io;
    this.name = `server ${url}`;
  }

  listTraces(filter: TraceFilter, page: Page): Promise<Paged<TraceSummary>> {
    return this.#client.traces.list(filter, page);
  }

  async trace(traceId: string): Promise<readonly Span[]> {
    const answer = await orNone(this.#client.traces.get(traceId));
    return answer?.spans ?? [];
  }

  async artefactRows(workflowId: string, type: ArtefactType): Promise<AsyncIterable<string> | undefined> {
    const rows = this.#client.traces.fetch(type, workflowId);
    // The request goes out with the first row: only then it shows whether there are any.
    const first = await orNone(rows.next());
    return first === undefined ? undefined : continued(first, rows);
  }

  profile(workflowId: string): Promise<Profile | undefined> {
    return orNone(this.#client.traces.profile(workflowId));
  }

  async *changes(query: ChangeQuery, signal: AbortSignal): AsyncGenerator<SpanChange> {
    // A tail waits for a collector that has gone to come back; one that was never there is a mistake.
    await this.#client.traces.list({}, { limit: 1 }, { signal });
    const ofTrace = query.traceId === undefined ? {} : { traceId: query.traceId };
    const onInterrupt = (): void => void this.#io.stderr.write('everspan: the collector does not answer; trying again\n');
    try {
      yield* this.#client.traces.tail({ ...ofTrace, ...(query.fromStart ? { after: 0 } : {}), signal, onInterrupt });
    } catch (error) {
      // Ctrl-C is how a tail ends.
      if (!(error instanceof CollectorClientError && error.code === 'ABORTED')) throw error;
    }
  }

  async close(): Promise<void> {
    // Every request has ended with its answer.
  }
}

/** What `answer` brings, or `undefined` where the collector has no such thing. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CollectorClientError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function* continued(first: IteratorResult<string, void>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
