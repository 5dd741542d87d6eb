import type {
  ActivateInput,
  ConcludeActivationInput,
  ConcludeActivationOutput,
  Next,
  WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { currentIsolate } from '../workflows/isolate.js';
import type { RunTracer } from '../workflows/run-tracer.js';
import { END_SPAN, START_SPAN } from '../wire/activity-names.js';

/**
 * Brings the run the headers that it was started with, lets it send what is due once the user's code has nothing left to run, and stops a marked run
 * where spans cannot be delivered.
 */
export class WorkflowInternals implements WorkflowInternalsInterceptor {
  /** Queries make no commands. */
  private isQuery = false;

  constructor(private readonly run: RunTracer) {}

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const { run } = this;
    const jobs = input.activation.jobs ?? [];
    for (const job of jobs) {
      const headers = job.initializeWorkflow?.headers;
      if (headers !== undefined && headers !== null) run.setStartHeaders(headers);
    }
    run.hasBegun = true;
    run.beganAtRest = run.localsUnderWay === 0;
    run.isInActivation = true;
    try {
      next(input);
    } finally {
      run.isInActivation = false;
    }
    this.isQuery = jobs.some((job) => job.queryWorkflow !== undefined && job.queryWorkflow !== null);
    const isReplaying = currentIsolate()?.info.unsafe.isReplaying ?? true;
    if (run.isMarked && !isReplaying && !this.isQuery && !run.areActivitiesRegistered()) {
      throw new SpanActivitiesMissingError();
    }
  }

  concludeActivation(
    input: ConcludeActivationInput,
    next: Next<WorkflowInternalsInterceptor, 'concludeActivation'>,
  ): ConcludeActivationOutput {
    const output = next(input);
    if (this.isQuery) return output;
    this.run.conclude();
    // The SDK has taken the activation's commands already: what is made now would leave with the next one.
    const own = currentIsolate()?.commands?.splice(0) ?? [];
    return own.length === 0 ? output : { ...output, commands: [...output.commands, ...own] };
  }
}

/** Fails the workflow task, which the server tries again: on a worker that is set up, the run goes on. */
export class SpanActivitiesMissingError extends Error {
  override readonly name = 'SpanActivitiesMissingError';
  readonly code = 'SPAN_ACTIVITIES_MISSING';

  constructor() {
    super(
      `this run is traced by everspan, but its worker lacks the activities ${START_SPAN} and ${END_SPAN}: ` +
        'register EverspanPlugin on every worker of this task queue (mode "off" keeps running workflows going without tracing new ones)',
    );
  }
}
