import type {
  ActivityClientInterceptor,
  NexusClientInterceptor,
  ScheduleClientInterceptor,
  WorkflowClientInterceptor,
} from '@temporalio/client';
import { type ClientTracingOptions, callerOf, callerOfText, isTraced, traceCall } from './client-call.js';
import type { OptionNames } from '../span/check-options.js';
import { checkTracingOptions } from './check-tracing-options.js';
import { ensureContextManager } from './async-local-context.js';
import { writeTemporalHeaders, writeTextHeaders } from './trace-carrier.js';
import { createWorkflowClientInterceptor } from './client-workflow-calls.js';

export type { ClientTracingOptions } from './client-call.js';

/** One interceptor for each of a client's parts; each goes behind the user's own. */
export interface ClientTracingInterceptors {
  readonly workflow: WorkflowClientInterceptor;
  readonly schedule: ScheduleClientInterceptor;
  readonly nexus: NexusClientInterceptor;
  readonly activity: ActivityClientInterceptor;
}

const NAMES: OptionNames<ClientTracingOptions> = {
  pipeline: true,
  sampleRatio: true,
  keepErrors: true,
  isRolledOut: true,
  owner: true,
};

/**
 * Interceptors that begin, or go on with, a trace in a client's calls: each call is a span, and what it starts is part of its trace.
 *
 * The parent is the active OpenTelemetry span, where there is one. Registered twice, the first one traces. Without a `pipeline` calls carry context
 * and make no span.
 *
 * @throws EverspanConfigError `INVALID_OPTION`.
 */
export function createClientInterceptors(options: ClientTracingOptions): ClientTracingInterceptors {
  checkTracingOptions('createClientInterceptors', options, NAMES, false);
  ensureContextManager();
  return {
    workflow: createWorkflowClientInterceptor(options),

    schedule: {
      create(input, next) {
        if (isTraced(input.headers)) return next(input);
        const { scheduleId, action } = input.options;
        const call = {
          name: `create schedule ${scheduleId}`,
          type: 'client_schedule',
          kind: 'PRODUCER',
          attributes: {
            'temporal.schedule.id': scheduleId,
            'temporal.workflow.type': action.workflowType,
            'temporal.task_queue': action.taskQueue,
          },
        } as const;
        // A link, not a parent: the schedule may run for years, and each run has a trace of its own.
        return traceCall(options, callerOf(input.headers), call, (place) =>
          next(
            place === undefined ? input : { ...input, headers: writeTemporalHeaders(input.headers, place, { isLinkOnly: true }) },
          ),
        );
      },
    },

    nexus: {
      startOperation(input, next) {
        const headers = input.headers ?? {};
        if (isTraced(headers)) return next(input);
        const call = {
          name: `nexus operation ${input.service}/${input.operation}`,
          type: 'client_nexus_operation',
          kind: 'CLIENT',
          attributes: {
            'temporal.nexus.endpoint': input.endpoint,
            'temporal.nexus.service': input.service,
            'temporal.nexus.operation': input.operation,
            'temporal.nexus.operation_id': input.id,
          },
        } as const;
        return traceCall(options, callerOfText(headers), call, (place) =>
          next(place === undefined ? input : { ...input, headers: writeTextHeaders(headers, place) }),
        );
      },
    },

    activity: {
      start(input, next) {
        if (isTraced(input.headers)) return next(input);
        const call = {
          name: `start activity ${input.activityType}`,
          type: 'client_activity',
          kind: 'PRODUCER',
          attributes: {
            'temporal.activity.type': input.activityType,
            'temporal.activity.id': input.options.id,
            'temporal.task_queue': input.options.taskQueue,
          },
        } as const;
        return traceCall(options, callerOf(input.headers), call, (place) =>
          next(place === undefined ? input : { ...input, headers: writeTemporalHeaders(input.headers, place) }),
        );
      },
    },
  };
}
