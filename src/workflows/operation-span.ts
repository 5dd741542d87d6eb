import type { RecordedTransition, RefusedWrite } from '../operation/operation.js';
import type { OperationFacts, RefusalDetails } from '../operation/operation-call.js';
import type { OperationMention } from '../operation/operation-header.js';
import { momentsOf, OPERATION_SPAN_TYPE, type OperationStep, type StepKind, stepMoment } from '../operation/operation-moments.js';
import { deriveSpanId } from '../span/ids.js';
import { SPAN_MOMENTS_MAX } from '../span/limits.js';
import type { SpanMoment } from '../span/span.js';
import type { OpenSpan } from './open-span.js';
import { OK, type Outcome } from './outcome.js';
import { nowMicros, type RunTracer } from './run-tracer.js';

/**
 * An operation's span: open from its creation until it is `COMPLETED`, an event for each step, refused ones too. The id follows from the trace
 * and the operation, so every run that has the operation in turn writes one and the same span.
 *
 * `undefined` in the place of one: the run is not traced.
 */
export class OperationSpan {
  private failure: Outcome | undefined;

  private constructor(
    private readonly run: RunTracer,
    readonly span: OpenSpan,
  ) {}

  /** Begins the span, or goes on with that of the run before; `undefined` in a run that is not traced. */
  static begin(
    run: RunTracer | undefined,
    facts: OperationFacts,
    options: { readonly mention: OperationMention | undefined; readonly startTime: number },
  ): OperationSpan | undefined {
    if (run === undefined || !run.isOpen) return undefined;
    const { traceId } = run.runContext;
    const { mention } = options;
    // A run that continues another goes on with its span. A caller names a parent, which is one only in the caller's own trace.
    const parentId = mention?.a !== undefined || mention?.t === traceId ? mention?.s : undefined;
    const span = run.begin({
      spanId: deriveSpanId(traceId, OPERATION_SPAN_TYPE, facts.operationId),
      name: 'operation',
      kind: 'INTERNAL',
      type: OPERATION_SPAN_TYPE,
      startTime: mention?.a ?? options.startTime,
      ...(parentId === undefined ? {} : { parentId }),
      attributes: { 'everspan.operation.id': facts.operationId },
    });
    span.outlivesRun = true;
    const begun = new OperationSpan(run, span);
    begun.describe(facts);
    return begun;
  }

  /** What the next run needs to go on with this span. */
  get mention(): Pick<OperationMention, 's' | 'a'> {
    const { parentId, startTime } = this.span;
    return { ...(parentId === undefined ? {} : { s: parentId }), a: startTime };
  }

  /** A step of this run's own, after which the operation is as `facts` say. */
  stepped(from: string | undefined, facts: OperationFacts): void {
    const { state: to, version, epoch } = facts;
    this.step('transition', { from, to, version, epoch });
    this.describe(facts);
    this.tell();
  }

  /** Steps of others: activities, the watchdog, runs and callers before this one. */
  missed(transitions: readonly RecordedTransition[], refused: readonly RefusedWrite[]): void {
    for (const moment of momentsOf({ transitions, refused })) this.add(moment);
  }

  /** A step that was refused. */
  refused(code: string, { from, to, version, epoch }: RefusalDetails): void {
    this.step('refused', { from, to, version, epoch, code });
    this.tell();
  }

  /** What it failed with; the span ends so where the run ends before the operation goes on. */
  failed(message: string, type: string): void {
    this.failure = { status: 'ERROR', statusMessage: message, attributes: { 'error.type': type } };
    this.span.outcomeAtClose = this.failure;
  }

  /** It goes on after it failed. */
  resumed(): void {
    this.failure = undefined;
    this.span.outcomeAtClose = undefined;
  }

  completed(): void {
    this.run.end(this.span, this.failure ?? OK);
  }

  private step(kind: StepKind, step: OperationStep): void {
    this.add(stepMoment(kind, nowMicros(), step));
  }

  private add(moment: SpanMoment): void {
    const { events } = this.span;
    if (events.length >= SPAN_MOMENTS_MAX) {
      this.span.attributes['everspan.truncated'] = ['events'];
      return;
    }
    events.push(moment);
  }

  private describe({ state, version, epoch }: OperationFacts): void {
    Object.assign(this.span.attributes, {
      'everspan.operation.state': state,
      'everspan.operation.version': version,
      'everspan.operation.epoch': epoch,
    });
  }

  private tell(): void {
    this.run.changed(this.span);
  }
}
