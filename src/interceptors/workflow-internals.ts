import type { ActivateInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { currentIsolate } from '../workflows/isolate.js';
import type { RunTracer } from '../workflows/run-tracer.js';
import { END_SPAN, START_SPAN } from '../wire/activity-names.js';

/** Brings the run the headers that it was started with, and stops a marked run where spans cannot be delivered. */
export class WorkflowInternals implements WorkflowInternalsInterceptor {
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
    const isReplaying = currentIsolate()?.info.unsafe.isReplaying ?? true;
    const isQuery = jobs.some((job) => job.queryWorkflow !== undefined && job.queryWorkflow !== null);
    if (run.isMarked && !isReplaying && !isQuery && !run.areActivitiesRegistered()) {
      throw new SpanActivitiesMissingError();
    }
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
