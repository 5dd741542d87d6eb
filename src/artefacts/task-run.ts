import type { Outcome } from '../interceptors/call-outcome.js';
import { ProcessSpan } from '../interceptors/process-span.js';
import { quietly } from '../interceptors/quietly.js';
import type { SpanReporter } from '../interceptors/span-reporter.js';
import { type Redaction, redactSpan } from '../processors/redaction.js';
import type { Attributes, AttributeValue, Span } from '../span/span.js';
import { textOf } from '../span/text-of.js';
import type { ArtefactCounters } from './artefact-counters.js';
import { rowLine, rowTime, spanLine } from './artefact-row.js';
import { isArtefactId } from './folder-name.js';
import { NamedInstants } from './named-instants.js';
import type { TaskFolder } from './task-folder.js';
import type { Asset, PhaseOptions, ResolvedTask } from './task-options.js';
import { startTaskClock } from './wall-clock.js';

/** Where a task stands in a trace. */
export interface TaskPlace {
  readonly traceId: string;
  /** The span that the task's own is a child of: that of the activity's attempt. It is in the trace, not among the task's rows. */
  readonly parentId: string | undefined;
  /** Takes the task's spans into everspan's trace; absent where there is none, or it is not sampled. */
  readonly reporter: SpanReporter | undefined;
  readonly resource: Attributes;
  nextSpanId(): string;
}

/** What a task writes to, and whom it tells. */
export interface TaskRunParts {
  readonly place: TaskPlace;
  readonly folder: TaskFolder;
  readonly counters: ArtefactCounters;
  readonly redaction: Redaction | undefined;
}

/** Attributes that make a span a row of its task: nothing that the body sets replaces them, no redaction, no cut. */
type OwnAttributes = Readonly<Record<string, AttributeValue>>;

/** Names of a task's attributes in its rows, and what they are called in a trace. */
const IN_TRACE: ReadonlyMap<string, string> = new Map([
  ['flowmesh.type', 'everspan.phase_type'],
  ['data_id', 'everspan.data_id'],
  ['batch_id', 'everspan.batch_id'],
  ['workflow_id', 'everspan.workflow_id'],
  ['user_id', 'everspan.owner'],
]);

const DUMP_NAME = 'dump to storage';
const QUEUING_NAME = 'queuing for execution';
/** Sources of one task that are remembered until it succeeds. */
const LINEAGE_ROWS_MAX = 100_000;

/**
 * One run of a task's body, from its root span's start to its end. Every span of it is a row of the task's folder and, within a sampled
 * trace of everspan, a span of that trace under the same id.
 *
 * open   --phase, marker, asset--> open     (a row when it ends)
 * open   --lineage-->              open     (remembered)
 * open   --end-->                  closed   (open phases end; after success: what children lack, lineage; then the root's row)
 * closed --anything-->             closed   (counted as late)
 */
export class TaskRun {
  readonly task: ResolvedTask;
  readonly root: ProcessSpan;
  readonly place: TaskPlace;
  readonly folder: TaskFolder;
  readonly #counters: ArtefactCounters;
  readonly #redaction: Redaction | undefined;
  readonly #now = startTaskClock();
  readonly #phases = new Set<ProcessSpan>();
  readonly #instants = new NamedInstants();
  readonly #lineage = new Map<string, { readonly dataId: string; readonly sourceId: string }>();
  readonly #dumpedIds = new Set<string>();
  #ownDump: Span | undefined;
  #hasThrown = false;
  #isClosed = false;

  constructor(task: ResolvedTask, { place, folder, counters, redaction }: TaskRunParts) {
    this.task = task;
    this.place = place;
    this.folder = folder;
    this.#counters = counters;
    this.#redaction = redaction;
    const { dataId, workflowId, ownerId, executorName, children } = task;
    const own: OwnAttributes = {
      'flowmesh.type': 'compute',
      data_id: dataId,
      batch_id: dataId,
      ...(workflowId === undefined ? {} : { workflow_id: workflowId }),
      ...(ownerId === undefined ? {} : { user_id: ownerId }),
      ...(executorName === undefined ? {} : { 'executor.name': executorName }),
    };
    this.root = this.#begin('task', 'task', place.parentId, task.attributes, (span) => this.#recordRoot(span, own));
    // The parent's own start tells when it left its queue; a child has no span that could.
    for (const child of children.keys()) this.mark(QUEUING_NAME, child, this.root.spanId, {});
  }

  /** Whose rows are meant: `undefined`, which is counted, where `asked` is neither the task nor a child of it. */
  ownerOfRows(asked: unknown, around: string): string | undefined {
    if (asked === undefined) return around;
    if (asked === this.task.dataId || (typeof asked === 'string' && this.task.children.has(asked))) return asked;
    this.#counters.drop('invalid', `task ${this.task.dataId} is not, and has no merged child, ${textOf(asked).slice(0, 80)}`);
    return undefined;
  }

  /** Begins a phase; its row is written when it ends. `undefined`, which is counted, where it cannot be written. */
  beginPhase(name: string, dataId: string, parentId: string, options: PhaseOptions): ProcessSpan | undefined {
    const { type, batchId, payloadBytes, attributes } = options;
    if (type !== 'compute' && type !== 'network') {
      this.#counters.drop('invalid', `a phase is of type compute or network, not ${textOf(type).slice(0, 80)}`);
      return undefined;
    }
    if (this.#isClosed) {
      this.#dropLate('phase');
      return undefined;
    }
    const batch = isArtefactId(batchId) ? batchId : this.#isMerged || type === 'compute' ? this.task.dataId : undefined;
    const own: OwnAttributes = {
      'flowmesh.type': type,
      data_id: dataId,
      ...(batch === undefined ? {} : { batch_id: batch }),
    };
    const phase = this.#begin(name, 'phase', parentId, attributes ?? {}, (span) => {
      this.#phases.delete(phase);
      this.#instants.end(dataId, name, span.endTime ?? span.startTime);
      if (name === DUMP_NAME && span.status === 'OK') {
        this.#dumpedIds.add(dataId);
        if (dataId === this.task.dataId) this.#ownDump = span;
      }
      this.#record(span, own);
    });
    if (payloadBytes !== undefined) phase.setAttribute('payload_bytes', payloadBytes);
    this.#phases.add(phase);
    this.#instants.begin(dataId, name);
    return phase;
  }

  /** Writes a marker, unless a span of that name has this instant. */
  mark(name: string, dataId: string, parentId: string, attributes: Readonly<Record<string, unknown>>): void {
    if (this.#isClosed) {
      this.#dropLate('marker');
      return;
    }
    const at = this.#now();
    if (this.#instants.has(dataId, name, at)) return;
    const own: OwnAttributes = {
      'flowmesh.type': 'marker',
      data_id: dataId,
      ...(this.#isMerged ? { batch_id: this.task.dataId } : {}),
    };
    if (name === DUMP_NAME) this.#dumpedIds.add(dataId);
    // A clock that stands: a marker has no length.
    this.#begin(
      name,
      'marker',
      parentId,
      attributes,
      (span) => this.#record(span, own),
      () => at,
    ).end();
  }

  addAsset(asset: Asset, dataId: string): void {
    const { guid, version = 1, ownerId = this.task.children.get(dataId) ?? this.task.ownerId } = asset;
    if (!isArtefactId(guid) || !Number.isSafeInteger(version) || (ownerId !== undefined && !isArtefactId(ownerId))) {
      this.#counters.drop('invalid', `an asset of ${dataId} has no usable guid, version or owner`);
      return;
    }
    if (this.#isClosed) {
      this.#dropLate('asset');
      return;
    }
    const createdAt = rowTime(this.#now());
    const row = { data_id: dataId, asset_guid: guid, version, user_id: ownerId ?? null, created_at: createdAt };
    this.folder.append('assets', rowLine(row));
  }

  /** Remembers a source; it becomes a row when the task succeeds, once however often it is named. */
  addSource(sourceId: unknown, dataId: string): void {
    if (!isArtefactId(sourceId) || sourceId === dataId) {
      this.#counters.drop('invalid', `a source of ${dataId} has no usable id, or is that task itself`);
      return;
    }
    if (this.#isClosed) {
      this.#dropLate('lineage');
      return;
    }
    if (this.#lineage.size >= LINEAGE_ROWS_MAX) {
      this.#counters.drop('memory_full', `task ${this.task.dataId} has more than ${LINEAGE_ROWS_MAX} sources`);
      return;
    }
    this.#lineage.set(JSON.stringify([dataId, sourceId]), { dataId, sourceId });
  }

  /** Ends the task: only the first call counts. */
  end(outcome: Outcome, hasThrown: boolean): void {
    if (this.#isClosed) return;
    this.#hasThrown = hasThrown;
    // The innermost first, so that a row still comes before its parent's.
    for (const phase of [...this.#phases].toReversed()) phase.end({ status: 'CANCELED', statusMessage: 'left open by the task' });
    this.root.end(outcome);
    this.#isClosed = true;
  }

  get #isMerged(): boolean {
    return this.task.children.size > 0;
  }

  #begin(
    name: string,
    type: 'task' | 'phase' | 'marker',
    parentId: string | undefined,
    attributes: Readonly<Record<string, unknown>>,
    ended: (span: Span) => void,
    nowMicros: () => number = this.#now,
  ): ProcessSpan {
    const { traceId, resource } = this.place;
    const reporter: SpanReporter = {
      resource,
      enqueue: (spans) => {
        for (const span of spans) ended(span);
      },
    };
    const spanId = this.place.nextSpanId();
    return new ProcessSpan(reporter, { spanId, traceId, parentId, name, kind: 'INTERNAL', type, attributes, nowMicros });
  }

  #recordRoot(span: Span, own: OwnAttributes): void {
    // A status that the body set counts as much as what it threw. Asynchronous completion throws, and nobody knows yet.
    if (span.status === 'OK' && !this.#hasThrown) {
      for (const child of this.task.children.keys()) if (!this.#dumpedIds.has(child)) this.#dumpFor(child);
      const createdAt = rowTime(this.#now());
      for (const { dataId, sourceId } of this.#lineage.values()) {
        this.folder.append('lineage', rowLine({ data_id: dataId, source_data_id: sourceId, created_at: createdAt }));
      }
    }
    this.#record(span, own);
  }

  // The data of a merged child is ready when the parent's is, unless the body says otherwise.
  #dumpFor(child: string): void {
    if (this.#ownDump === undefined) {
      this.mark(DUMP_NAME, child, this.root.spanId, {});
      return;
    }
    const { payload_bytes: _ofAllTogether, ...attributes } = this.#ownDump.attributes;
    const dump: Span = { ...this.#ownDump, spanId: this.place.nextSpanId(), attributes };
    this.#record(dump, { 'flowmesh.type': 'network', data_id: child, batch_id: this.task.dataId });
  }

  #record(span: Span, own: OwnAttributes): void {
    const others = Object.entries(span.attributes).filter(([name]) => !IN_TRACE.has(name));
    // In a trace the task's attributes have names of everspan's own: whoever sums up rows of tasks must not find them there again.
    const renamed = Object.entries(own).map(([name, value]) => [IN_TRACE.get(name) ?? name, value] as const);
    quietly(() => this.place.reporter?.enqueue([{ ...span, attributes: Object.fromEntries([...others, ...renamed]) }]));
    const line = quietly(() => {
      const whole: Span = { ...span, attributes: Object.fromEntries(others) };
      const redacted = this.#redaction === undefined ? whole : redactSpan(whole, this.#redaction);
      return spanLine({ ...redacted, attributes: { ...redacted.attributes, ...own } }, new Set(Object.keys(own)));
    });
    if (line === undefined)
      this.#counters.drop('invalid', `span ${span.name} of task ${this.task.dataId} cannot be written as JSON`);
    else this.folder.append('spans', line);
  }

  #dropLate(what: string): void {
    this.#counters.drop('late', `a ${what} came after task ${this.task.dataId} had ended`);
  }
}
