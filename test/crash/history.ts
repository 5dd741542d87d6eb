import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
const { EventType } = temporal.api.enums.v1;

/** From when to when, milliseconds since the epoch. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One workflow task that a worker completed. */
export interface CompletedTask {
  readonly startedEventId: number;
  readonly completedEventId: number;
  /** `pid@host` of the worker. */
  readonly identity: string;
  readonly window: Window;
}

/** The recorded history of one run. */
export class RunHistory {
  readonly tasks: readonly CompletedTask[];
  private readonly byId: ReadonlyMap<number, HistoryEvent>;

  constructor(
    readonly workflowId: string,
    readonly runId: string,
    readonly events: readonly HistoryEvent[],
  ) {
    this.byId = new Map(events.map((event) => [idOf(event.eventId), event]));
    this.tasks = events.flatMap((event) => {
      const completed = event.workflowTaskCompletedEventAttributes;
      if (completed === undefined || completed === null) return [];
      const startedEventId = idOf(completed.startedEventId);
      const window = { fromMs: timeOf(this.event(startedEventId)), toMs: timeOf(event) };
      return [{ startedEventId, completedEventId: idOf(event.eventId), identity: completed.identity ?? '', window }];
    });
  }

  /** The first event: how the run was started. */
  get started(): HistoryEvent {
    return this.event(1);
  }

  /** The last event: how the run closed. */
  get closed(): HistoryEvent {
    const last = this.events.at(-1);
    if (last === undefined) throw new TypeError(`run ${this.runId} has no history`);
    return last;
  }

  get workflowType(): string {
    return this.started.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
  }

  /** Milliseconds after which the server gives a task to another worker. */
  get taskTimeoutMs(): number {
    const { seconds, nanos } = this.started.workflowExecutionStartedEventAttributes?.workflowTaskTimeout ?? {};
    return idOf(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000;
  }

  event(id: number): HistoryEvent {
    const event = this.byId.get(id);
    if (event === undefined) throw new TypeError(`run ${this.runId} has no event ${id}`);
    return event;
  }

  /** The events of one type, in order, with the attributes that `read` finds. */
  all<T>(read: (event: HistoryEvent) => T | null | undefined): { readonly event: HistoryEvent; readonly attributes: T }[] {
    return this.events.flatMap((event) => {
      const attributes = read(event);
      return attributes === undefined || attributes === null ? [] : [{ event, attributes }];
    });
  }

  /** When the workflow's code made a command: in the task whose completion carried it. */
  commandWindow(attributes: { readonly workflowTaskCompletedEventId?: unknown }): Window {
    const completedEventId = idOf(attributes.workflowTaskCompletedEventId);
    const task = this.tasks.find((candidate) => candidate.completedEventId === completedEventId);
    if (task === undefined) throw new TypeError(`run ${this.runId}: no task completed at event ${completedEventId}`);
    return task.window;
  }

  /** When the workflow's code heard of an event: in the first completed task that began after it. */
  heardWindow(event: HistoryEvent): Window {
    const task = this.tasks.find((candidate) => candidate.startedEventId > idOf(event.eventId));
    if (task === undefined) throw new TypeError(`run ${this.runId} closed without hearing of event ${String(event.eventId)}`);
    return task.window;
  }
}

/** Every run of the chain that began with `firstRunId`, oldest first. */
export async function readChain(client: Client, workflowId: string, firstRunId: string): Promise<RunHistory[]> {
  const runs: RunHistory[] = [];
  for (let runId: string | null | undefined = firstRunId; runId !== undefined && runId !== null && runId !== ''; ) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const run = new RunHistory(workflowId, runId, events ?? []);
    runs.push(run);
    runId = run.closed.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

/** A number from protobuf's 64 bits. */
export function idOf(value: unknown): number {
  return Number(String(value));
}

/** When an event was recorded, milliseconds since the epoch, whole. */
export function timeOf(event: HistoryEvent): number {
  const { seconds, nanos } = event.eventTime ?? {};
  return idOf(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1_000_000);
}

/** `EVENT_TYPE_…` of an event. */
export function typeOf(event: HistoryEvent): string {
  return EventType[event.eventType ?? 0] ?? 'EVENT_TYPE_UNSPECIFIED';
}
