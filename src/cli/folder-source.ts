import { isAbsolute, join } from 'node:path';
import { type Profile, ProfileAccumulator } from '../analysis/profile-accumulator.js';
import { InvalidSpanError } from '../span/errors.js';
import { mergeSpan } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { isObject } from '../span/validate-span.js';
import type { ArtefactType } from '../store/artefact-store.js';
import { MemoryStore } from '../store/memory-store.js';
import type { Page, Paged, SpanChange, TraceFilter, TraceSummary } from '../store/span-store.js';
import type { CliIo } from './cli-io.js';
import { findRowFiles, type RowFile } from './folder-files.js';
import { folderChanges } from './folder-changes.js';
import { fileRows, readRowFiles } from './read-row-files.js';
import { isOwnRow, spanFromRow } from './span-row.js';
import type { ChangeQuery, TraceSource } from './trace-source.js';

type Row = Readonly<Record<string, unknown>>;

const SCOPE = { accountId: '' };

/**
 * A folder of JSONL, taken whole: what `JsonlProcessor` wrote, and rows of tasks (spans, assets, lineage).
 *
 * Read anew for each question, by streaming: only what the question asks for is kept in memory.
 */
export class FolderSource implements TraceSource {
  readonly name: string;
  readonly #path: string;
  readonly #io: CliIo;
  #all: Promise<MemoryStore> | undefined;

  constructor(path: string, io: CliIo) {
    this.#path = isAbsolute(path) ? path : join(io.cwd, path);
    this.name = `folder ${this.#path}`;
    this.#io = io;
  }

  async listTraces(filter: TraceFilter, page: Page): Promise<Paged<TraceSummary>> {
    this.#all ??= this.#readOutlines();
    return (await this.#all).listTraces(filter, page, SCOPE);
  }

  async trace(traceId: string): Promise<readonly Span[]> {
    const spans = await this.#readSpans((row) => isOfTrace(row, traceId));
    return spans.sort((a, b) => (a.startTime === b.startTime ? compareText(a.spanId, b.spanId) : a.startTime - b.startTime));
  }

  async artefactRows(_workflowId: string, type: ArtefactType): Promise<AsyncIterable<string> | undefined> {
    const files = await findRowFiles(this.#path);
    return fileRows(files.filter((file) => file.type === type));
  }

  async profile(workflowId: string): Promise<Profile | undefined> {
    const accumulator = new ProfileAccumulator();
    let hasTraceRows = false;
    let hasTaskRows = false;
    const take = (row: Row, _text: string, { type }: RowFile): boolean => {
      if (type === 'spans' && isTraceRow(row)) {
        hasTraceRows = true;
        return true;
      }
      hasTaskRows = true;
      if (type === 'assets') return accumulator.addAsset(row);
      return type === 'lineage' ? accumulator.addLineage(row) : accumulator.addSpan(row);
    };
    await readRowFiles(await findRowFiles(this.#path), take, this.#io);
    return hasTaskRows || !hasTraceRows ? accumulator.profile(workflowId) : undefined;
  }

  changes(query: ChangeQuery, signal: AbortSignal): AsyncIterable<SpanChange> {
    return folderChanges(this.#path, query, signal);
  }

  async close(): Promise<void> {
    await (await this.#all)?.close();
  }

  /** All spans, without what a list does not show. */
  async #readOutlines(): Promise<MemoryStore> {
    const spans = await this.#readSpans(() => true, outline);
    const store = new MemoryStore();
    await store.upsert(spans, SCOPE);
    return store;
  }

  async #readSpans(isWanted: (row: Row) => boolean, shape: (span: Span) => Span = (span) => span): Promise<Span[]> {
    const spans = new Map<string, Span>();
    const files = (await findRowFiles(this.#path)).filter((file) => file.type === 'spans');
    const take = (row: Row): boolean => {
      if (!isWanted(row)) return true;
      const span = readSpan(row);
      if (span === undefined) return false;
      const key = span.traceId + span.spanId;
      const merged = mergeSpan(spans.get(key), shape(span));
      spans.set(key, merged);
      return true;
    };
    await readRowFiles(files, take, this.#io);
    return [...spans.values()];
  }
}

/** A row of a trace of ours, as against one of a task. */
function isTraceRow(row: Row): boolean {
  if (!isOwnRow(row) || !isObject(row['attributes'])) return false;
  return row['attributes']['data_id'] === undefined && row['attributes']['flowmesh.type'] === undefined;
}

function isOfTrace(row: Row, traceId: string): boolean {
  const id = isObject(row['context']) ? row['context']['trace_id'] : undefined;
  return typeof id === 'string' && id.toLowerCase().replace(/^0x/, '') === traceId;
}

function readSpan(row: Row): Span | undefined {
  try {
    return spanFromRow(row);
  } catch (error) {
    if (error instanceof InvalidSpanError) return undefined;
    throw error;
  }
}

function outline(span: Span): Span {
  const { input: _input, output: _output, ...rest } = span;
  return { ...rest, events: [], links: [] };
}

function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
