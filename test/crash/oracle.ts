import { type HistoryEvent, idOf, type RunHistory, timeOf, typeOf, type Window } from './history.js';
import { PROGRAMS } from './program.js';

/** A span as the history of its run, and the workflow's code, say that it must be. */
export interface ExpectedSpan {
  readonly runId: string;
  readonly name: string;
  /** `client`: the call that started the workflow. */
  readonly parent: ExpectedSpan | 'client';
  readonly status: 'OK' | 'ERROR' | 'CANCELED' | 'TIMED_OUT' | 'CONTINUED';
  readonly start: Window;
  readonly end: Window;
  /** How often an activity was tried, by history; `undefined` for what is no activity. */
  readonly attempts?: number;
}

/** What a run's expectation takes from the one that called it. */
export interface RunContext {
  readonly rootParent: ExpectedSpan | 'client';
  /** Spans of the signals that workflows of the same trace sent to this one, in order. */
  readonly signals: readonly ExpectedSpan[];
}

/** A child that a run started, and the context that it gets. */
export interface ExpectedChild {
  readonly workflowId: string;
  readonly runId: string;
  readonly context: RunContext;
}

/** What one run must have left behind. */
export interface RunExpectation {
  readonly history: RunHistory;
  /** Parents before children. */
  readonly spans: readonly ExpectedSpan[];
  readonly children: readonly ExpectedChild[];
}

const OWN_ACTIVITIES = new Set(['START_SPAN', 'END_SPAN']);
const OWN_TIMER = 'everspan';

const CLOSE_STATUS: Readonly<Record<string, ExpectedSpan['status']>> = {
  EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: 'OK',
  EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: 'CONTINUED',
};

/**
 * The spans of one run, from its history: the run itself, activities, local activities, children, timers, signals. What history does not
 * hold, spans of the code's own and what happens inside of them, comes from the workflow's program.
 */
export function expectRun(history: RunHistory, context: RunContext): RunExpectation {
  return new RunReading(history, context).read();
}

class RunReading {
  private readonly spans: ExpectedSpan[] = [];
  private readonly byName = new Map<string, ExpectedSpan>();

  constructor(
    private readonly history: RunHistory,
    private readonly context: RunContext,
  ) {}

  read(): RunExpectation {
    this.readRun();
    this.readOwnSpans();
    this.readHandledSignals();
    this.readActivities();
    this.readLocalActivities();
    this.readTimers();
    const signals = this.readSentSignals();
    const children = this.readChildren(signals);
    return { history: this.history, spans: this.spans, children };
  }

  private readRun(): void {
    const { history, context } = this;
    const status = CLOSE_STATUS[typeOf(history.closed)];
    if (status === undefined) throw new TypeError(`run ${history.runId} closed by ${typeOf(history.closed)}`);
    const startedMs = timeOf(history.started);
    this.add({
      name: `workflow ${history.workflowType}`,
      parent: context.rootParent,
      status,
      start: { fromMs: startedMs, toMs: startedMs },
      end: this.lastTask,
    });
  }

  // Neither their times nor their number are in history: they lie somewhere in the run.
  private readOwnSpans(): void {
    for (const { name, under } of this.program.ownSpans) {
      const parent = under === undefined ? this.root : this.named(under);
      this.add({ name, parent, status: 'OK', start: this.whole, end: this.whole });
    }
  }

  private readHandledSignals(): void {
    let fromWorkflows = 0;
    for (const { event, attributes } of this.history.all((each) => each.workflowExecutionSignaledEventAttributes)) {
      let parent = this.root;
      if (attributes.externalWorkflowExecution !== undefined && attributes.externalWorkflowExecution !== null) {
        const sent = this.context.signals[fromWorkflows];
        if (sent === undefined) throw new TypeError(`run ${this.history.runId} got a signal that nobody sent`);
        parent = sent;
        fromWorkflows += 1;
      }
      const heard = this.history.heardWindow(event);
      const name = `handle signal ${attributes.signalName ?? ''}`;
      this.add({ name, parent, status: 'OK', start: heard, end: { fromMs: heard.fromMs, toMs: this.lastTask.toMs } });
    }
  }

  private readActivities(): void {
    for (const { event, attributes } of this.history.all((each) => each.activityTaskScheduledEventAttributes)) {
      const type = attributes.activityType?.name ?? '';
      if (OWN_ACTIVITIES.has(type)) continue;
      const belongs = (candidate: { readonly scheduledEventId?: unknown } | null | undefined): boolean =>
        candidate !== undefined && candidate !== null && idOf(candidate.scheduledEventId) === idOf(event.eventId);
      const end = this.history.events.find(
        (each) =>
          belongs(each.activityTaskCompletedEventAttributes) ||
          belongs(each.activityTaskFailedEventAttributes) ||
          belongs(each.activityTaskTimedOutEventAttributes),
      );
      const started = this.history.events.find((each) => belongs(each.activityTaskStartedEventAttributes));
      this.addCall(`activity ${type}`, this.history.commandWindow(attributes), end, {
        status: statusOf(end),
        attempts: started?.activityTaskStartedEventAttributes?.attempt ?? 0,
      });
    }
  }

  private readLocalActivities(): void {
    for (const { attributes } of this.history.all((each) => each.markerRecordedEventAttributes)) {
      if (attributes.markerName !== 'core_local_activity') continue;
      const text = attributes.details?.['data']?.payloads?.[0]?.data;
      const marker = JSON.parse(Buffer.from(text ?? []).toString('utf8')) as { activity_type: string; attempt: number };
      if (OWN_ACTIVITIES.has(marker.activity_type)) continue;
      const task = this.history.commandWindow(attributes);
      this.add({
        name: `local activity ${marker.activity_type}`,
        parent: this.parentOf(`local activity ${marker.activity_type}`),
        status: attributes.failure === undefined || attributes.failure === null ? 'OK' : 'ERROR',
        start: task,
        end: task,
        attempts: marker.attempt,
      });
    }
  }

  private readTimers(): void {
    for (const { event, attributes } of this.history.all((each) => each.timerStartedEventAttributes)) {
      const summary = event.userMetadata?.summary?.data;
      if (summary !== undefined && summary !== null && Buffer.from(summary).toString('utf8') === `"${OWN_TIMER}"`) continue;
      const fired = this.history.events.find((each) => each.timerFiredEventAttributes?.timerId === attributes.timerId);
      const canceled = this.history
        .all((each) => each.timerCanceledEventAttributes)
        .find((each) => each.attributes.timerId === attributes.timerId);
      const start = this.history.commandWindow(attributes);
      if (canceled === undefined) this.addCall('timer', start, fired, { status: 'OK' });
      else
        this.add({
          name: 'timer',
          parent: this.root,
          status: 'CANCELED',
          start,
          end: this.history.commandWindow(canceled.attributes),
        });
    }
  }

  private readSentSignals(): { readonly workflowId: string; readonly span: ExpectedSpan }[] {
    return this.history
      .all((each) => each.signalExternalWorkflowExecutionInitiatedEventAttributes)
      .map(({ event, attributes }) => {
        const sent = this.history.events.find(
          (each) => idOf(each.externalWorkflowExecutionSignaledEventAttributes?.initiatedEventId) === idOf(event.eventId),
        );
        const span = this.addCall(`signal ${attributes.signalName ?? ''}`, this.history.commandWindow(attributes), sent, {
          status: 'OK',
        });
        return { workflowId: attributes.workflowExecution?.workflowId ?? '', span };
      });
  }

  private readChildren(signals: readonly { readonly workflowId: string; readonly span: ExpectedSpan }[]): ExpectedChild[] {
    return this.history
      .all((each) => each.startChildWorkflowExecutionInitiatedEventAttributes)
      .map(({ event, attributes }) => {
        const began = this.history.events.find(
          (each) => idOf(each.childWorkflowExecutionStartedEventAttributes?.initiatedEventId) === idOf(event.eventId),
        );
        const ended = this.history.events.find(
          (each) => idOf(each.childWorkflowExecutionCompletedEventAttributes?.initiatedEventId) === idOf(event.eventId),
        );
        const name = `child workflow ${attributes.workflowType?.name ?? ''}`;
        const span = this.addCall(name, this.history.commandWindow(attributes), ended, { status: 'OK' });
        const { workflowId, runId } = began?.childWorkflowExecutionStartedEventAttributes?.workflowExecution ?? {};
        const sent = signals.filter((each) => each.workflowId === workflowId).map((each) => each.span);
        return { workflowId: workflowId ?? '', runId: runId ?? '', context: { rootParent: span, signals: sent } };
      });
  }

  private addCall(
    name: string,
    start: Window,
    end: HistoryEvent | undefined,
    rest: Pick<ExpectedSpan, 'status' | 'attempts'>,
  ): ExpectedSpan {
    if (end === undefined) throw new TypeError(`run ${this.history.runId}: ${name} has no end in history`);
    return this.add({ name, parent: this.parentOf(name), start, end: this.history.heardWindow(end), ...rest });
  }

  private add(span: Omit<ExpectedSpan, 'runId'>): ExpectedSpan {
    const expected = { runId: this.history.runId, ...span };
    this.spans.push(expected);
    this.byName.set(span.name, expected);
    return expected;
  }

  private parentOf(name: string): ExpectedSpan {
    const under = this.program.callsUnder[name];
    return under === undefined ? this.root : this.named(under);
  }

  private named(name: string): ExpectedSpan {
    const span = this.byName.get(name);
    if (span === undefined) throw new TypeError(`run ${this.history.runId} has no ${name}`);
    return span;
  }

  private get program(): (typeof PROGRAMS)[string] {
    const program = PROGRAMS[this.history.workflowType];
    if (program === undefined) throw new TypeError(`no program for ${this.history.workflowType}`);
    return program;
  }

  private get root(): ExpectedSpan {
    const [root] = this.spans;
    if (root === undefined) throw new TypeError('the run comes first');
    return root;
  }

  private get lastTask(): Window {
    const last = this.history.tasks.at(-1);
    if (last === undefined) throw new TypeError(`run ${this.history.runId} has no task`);
    return last.window;
  }

  private get whole(): Window {
    return { fromMs: timeOf(this.history.started), toMs: this.lastTask.toMs };
  }
}

function statusOf(end: HistoryEvent | undefined): ExpectedSpan['status'] {
  if (end?.activityTaskFailedEventAttributes) return 'ERROR';
  return end?.activityTaskTimedOutEventAttributes ? 'TIMED_OUT' : 'OK';
}
