import type {
  ArtefactReceiptAnswer,
  ArtefactTypeName,
  SpanChangeAnswer,
  TraceAnswer,
  TraceFilter,
  TraceListAnswer,
  TraceSummary,
} from '../wire/collector-answers.js';
import type { TraceAnalysisAnswer, TraceComparisonAnswer } from '../wire/trace-analysis-answers.js';
import type { ProfileSummary } from '../wire/profile-summary.js';
import {
  comparisonShape,
  profileShape,
  profileSummaryShape,
  receiptShape,
  traceAnalysisShape,
  traceListShape,
  traceShape,
} from './answer-shapes.js';
import { type CollectorClientOptions, CollectorRequester, pathOf } from './collector-request.js';
import { type TailOptions, tailChanges } from './tail.js';

export interface TracePage {
  readonly limit?: number;
  /** Of the page before, asked for with the same query and order. */
  readonly cursor?: string;
  readonly order?: 'newest' | 'oldest';
}

/** A profile, and what it does not say by itself. */
export interface ProfileAnswer {
  readonly summary: ProfileSummary;
  /** Rings of the lineage that were cut. */
  readonly lineageCycles: readonly (readonly string[])[];
  /** Rows that were malformed, by kind. */
  readonly droppedRows: { readonly spans: number; readonly assets: number; readonly lineage: number };
}

export type ExportFormatName = 'otlp' | 'jaeger' | 'zipkin' | 'chrome' | 'folded' | 'mermaid' | 'jsonl' | 'html';

interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Reads traces from a collector. Every call throws CollectorClientError, and AnswerShapeError for an answer of another shape. */
export class CollectorClient {
  readonly traces: TraceCalls;
  readonly artefacts: ArtefactCalls;

  /** @throws CollectorClientError `INVALID_OPTIONS`. */
  constructor(options: CollectorClientOptions) {
    const requester = new CollectorRequester(options);
    this.traces = new TraceCalls(requester);
    this.artefacts = new ArtefactCalls(requester);
  }
}

class TraceCalls {
  readonly #requester: CollectorRequester;

  constructor(requester: CollectorRequester) {
    this.#requester = requester;
  }

  /** One page of traces. */
  list(query: TraceFilter = {}, page: TracePage = {}, { signal }: CallOptions = {}): Promise<TraceListAnswer> {
    return this.#requester.json({ path: '/api/v1/traces', query: { ...query, ...page }, signal }, traceListShape);
  }

  /** Every trace, page after page as they are read. */
  async *listAll(query: TraceFilter = {}, page: TracePage = {}, options: CallOptions = {}): AsyncGenerator<TraceSummary> {
    let cursor = page.cursor;
    do {
      const answer = await this.list(query, { ...page, ...(cursor === undefined ? {} : { cursor }) }, options);
      yield* answer.items;
      cursor = answer.cursor;
    } while (cursor !== undefined);
  }

  /** All spans of a trace. @throws CollectorClientError `NOT_FOUND`. */
  get(traceId: string, { signal }: CallOptions = {}): Promise<TraceAnswer> {
    return this.#requester.json({ path: pathOf`/api/v1/traces/${traceId}`, signal }, traceShape);
  }

  /** Rows of a workflow's artefacts as they were sent, one JSON text each. @throws CollectorClientError `NOT_FOUND`. */
  async *fetch(type: ArtefactTypeName, workflowId: string, { signal }: CallOptions = {}): AsyncGenerator<string> {
    let rest = '';
    for await (const piece of this.#requester.text({ path: pathOf`/traces/workflows/${workflowId}/${type}`, signal })) {
      const lines = `${rest}${piece}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  }

  /** Where the time of a workflow's tasks went. @throws CollectorClientError `NOT_FOUND`. */
  analyze(workflowId: string, { signal }: CallOptions = {}): Promise<ProfileSummary> {
    return this.#requester.json({ path: pathOf`/traces/workflows/analyze/${workflowId}`, signal }, profileSummaryShape);
  }

  /** The same, with what was cut and dropped beside it. @throws CollectorClientError `NOT_FOUND`. */
  profile(workflowId: string, { signal }: CallOptions = {}): Promise<ProfileAnswer> {
    const path = pathOf`/traces/workflows/analyze/${workflowId}`;
    return this.#requester.json({ path, query: { detail: 'all' }, signal }, profileShape);
  }

  /** The critical path of a trace, and what waited for which queue. @throws CollectorClientError `NOT_FOUND`. */
  criticalPath(
    traceId: string,
    { signal, rootId, top }: CallOptions & { readonly rootId?: string; readonly top?: number } = {},
  ): Promise<TraceAnalysisAnswer> {
    return this.#requester.json(
      { path: pathOf`/api/v1/traces/${traceId}/analysis`, query: { rootId, top }, signal },
      traceAnalysisShape,
    );
  }

  /** How the trace `after` differs from `before`. @throws CollectorClientError `NOT_FOUND`. */
  compare(
    before: string,
    after: string,
    { signal, top }: CallOptions & { readonly top?: number } = {},
  ): Promise<TraceComparisonAnswer> {
    return this.#requester.json({ path: '/api/v1/compare', query: { before, after, top }, signal }, comparisonShape);
  }

  /** A trace in the format of another program, in pieces. @throws CollectorClientError `NOT_FOUND`. */
  export(
    traceId: string,
    format: ExportFormatName,
    { signal, openSpans }: CallOptions & { readonly openSpans?: boolean } = {},
  ): AsyncGenerator<string> {
    return this.#requester.text({ path: pathOf`/api/v1/traces/${traceId}/export`, query: { format, openSpans }, signal });
  }

  /** Spans as they change. */
  tail(options: TailOptions = {}): AsyncGenerator<SpanChangeAnswer> {
    return tailChanges(this.#requester, options);
  }
}

class ArtefactCalls {
  readonly #requester: CollectorRequester;

  constructor(requester: CollectorRequester) {
    this.#requester = requester;
  }

  /** Keeps a file of a task; sent again it replaces the first. @param rows - JSON texts, one a row. */
  upload(
    taskId: string,
    type: ArtefactTypeName,
    rows: readonly string[],
    { workflowId, signal }: CallOptions & { readonly workflowId?: string } = {},
  ): Promise<ArtefactReceiptAnswer> {
    return this.#requester.json(
      {
        method: 'POST',
        path: pathOf`/traces/tasks/${taskId}/${type}`,
        query: { workflow_id: workflowId },
        headers: { 'content-type': 'application/x-ndjson' },
        body: rows.map((row) => `${row}\n`).join(''),
        signal,
      },
      receiptShape,
    );
  }
}
