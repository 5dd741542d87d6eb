import type { Profile } from '../analysis/profile-accumulator.js';
import type { Span } from '../span/span.js';
import type { ArtefactType } from '../store/artefact-store.js';
import type { Page, Paged, SpanChange, TraceFilter, TraceSummary } from '../store/span-store.js';

/** Which changes `tail` shows. */
export interface ChangeQuery {
  /** Only of this trace. */
  readonly traceId?: string;
  /** Begins with all that is there, not with what comes. */
  readonly fromStart: boolean;
}

/** Where the command line reads traces: a server, a store or a folder. Whatever fails is thrown as a `CliError`. */
export interface TraceSource {
  /** For messages: `folder /app/spans`, `server http://127.0.0.1:4319`, `store /app/.everspan/spans.db`. */
  readonly name: string;
  /** Where else what is not here may be, and the option that reads it; absent where the user has named the source. */
  readonly elsewhere?: () => Promise<string | undefined>;
  listTraces(filter: TraceFilter, page: Page): Promise<Paged<TraceSummary>>;
  /** All spans of a trace by start; empty when there is none. */
  trace(traceId: string): Promise<readonly Span[]>;
  /** Rows of a workflow's artefacts, as they were written. `undefined` when it has none at all. */
  artefactRows(workflowId: string, type: ArtefactType): Promise<AsyncIterable<string> | undefined>;
  /** The profile of a workflow's tasks; `undefined` when there are no rows of tasks. */
  profile(workflowId: string): Promise<Profile | undefined>;
  /** Spans as they change, until `signal` aborts. */
  changes(query: ChangeQuery, signal: AbortSignal): AsyncIterable<SpanChange>;
  close(): Promise<void>;
}
