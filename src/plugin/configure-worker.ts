import { hostname } from 'node:os';
import type { ActivityInterceptorsFactory, ReplayWorkerOptions, WorkerOptions } from '@temporalio/worker';
import { createOperationActivities } from '../activities/operation-activities.js';
import { createSpanActivities } from '../activities/span-activities.js';
import { createSpanSinks } from '../activities/span-sinks.js';
import type { SpanPipeline, WarningLogger } from '../activities/span-pipeline.js';
import { createActivityInterceptor } from '../interceptors/activity-interceptor.js';
import { createNexusInterceptor } from '../interceptors/nexus-interceptor.js';
import { createOperationInterceptor } from '../interceptors/operation-interceptor.js';
import { SINK_NAME, START_SPAN } from '../wire/activity-names.js';
import { withClientInterceptors } from './configure-client.js';
import { hasInterceptors, withInterceptorModule } from './bundle.js';
import { EverspanConfigError } from '../span/config-error.js';
import { type ResolvedOptions, recordedConfig } from './plugin-options.js';
import { rolloutCallback } from './rollout.js';
import type { SpanQueue } from './span-queue-worker.js';

/** What configuring a worker needs of the plugin. */
export interface WorkerSetup {
  readonly options: ResolvedOptions;
  readonly pipeline: SpanPipeline;
  readonly logger: WarningLogger;
  /** Runs activities where tasks are recorded. */
  readonly artefactInterceptor: ActivityInterceptorsFactory;
}

/** A worker's options with everspan in them, and what must run beside it. */
export interface ConfiguredWorker {
  readonly workerOptions: WorkerOptions;
  /** Ours. */
  readonly activities: object;
  readonly spanQueue: SpanQueue | undefined;
}

const ours = new WeakSet<object>();

/** Whether everspan is in these options already: plugins may be handed to a connection and to its worker. */
export function isConfigured(options: Pick<WorkerOptions, 'activities'>): boolean {
  const registered = (options.activities as Record<string, unknown> | undefined)?.[START_SPAN];
  return typeof registered === 'function' && ours.has(registered);
}

/**
 * `given` with the span activities, the interceptors, the sink and the gate; every interceptor of the user's stays.
 *
 * @throws EverspanConfigError `ACTIVITY_NAME_TAKEN` when the user has an activity of one of our names.
 */
export function configureWorker(setup: WorkerSetup, given: WorkerOptions): ConfiguredWorker {
  const { options, logger } = setup;
  const userActivities = (given.activities ?? {}) as Record<string, unknown>;
  const operations = options.operations;
  const runsWorkflows = given.workflowsPath !== undefined || given.workflowBundle !== undefined;
  const hasActivities =
    Object.values(userActivities).some((activity) => typeof activity === 'function') && given.enableNonLocalActivities !== false;
  // Ours alone would make a workflow-only worker poll for the user's activities, which it does not have, and fail them.
  const spanTaskQueue = options.spanTaskQueue ?? (runsWorkflows && !hasActivities ? `${given.taskQueue}-everspan` : undefined);
  const config = recordedConfig(options, { spanTaskQueue, hasSink: true });
  const identity = given.identity ?? `${process.pid}@${hostname()}`;
  const activities = {
    ...createSpanActivities({ pipeline: setup.pipeline, config }),
    ...(operations === undefined
      ? {}
      : createOperationActivities({ store: operations.store, identity, taskQueue: spanTaskQueue })),
  };
  for (const name of Object.keys(activities)) {
    if (userActivities[name] !== undefined) {
      throw new EverspanConfigError(
        'ACTIVITY_NAME_TAKEN',
        `the worker of task queue ${given.taskQueue} registers an activity named ${name}, which everspan needs: rename yours`,
      );
    }
  }
  for (const activity of Object.values(activities)) ours.add(activity);
  if (given.workflowBundle !== undefined && options.mode === 'on' && !hasInterceptors(given.workflowBundle)) {
    logger.warn(
      `everspan: the workflow bundle of task queue ${given.taskQueue} was made without everspan's interceptors, so its workflows are not traced: ` +
        'pass plugins: [everspan] to bundleWorkflowCode()',
    );
  }
  const workerOptions: WorkerOptions = {
    ...given,
    activities: { ...userActivities, ...activities },
    ...(hasActivities || !runsWorkflows ? {} : { enableNonLocalActivities: false }),
    ...maxCached(given, runsWorkflows, logger),
    // Only where there is something to decide: the workflow's thread waits for the answer of this one.
    // A callback of the user's must not be asked about our patch, which it does not know.
    ...(options.mode === 'on' && options.rollout === 1 && given.patchActivationCallback === undefined
      ? {}
      : { patchActivationCallback: rolloutCallback(options, given.patchActivationCallback) }),
    sinks: { ...given.sinks, ...createSpanSinks({ pipeline: setup.pipeline, config }) },
    interceptors: {
      ...given.interceptors,
      activity: [
        ...(given.interceptors?.activity ?? []),
        ...(options.mode === 'off' ? [] : [activityTracing(setup)]),
        // Behind tracing: what an operation refuses is an attempt's failure like any other.
        ...(operations === undefined ? [] : [createOperationInterceptor({ store: operations.store, identity })]),
        setup.artefactInterceptor,
      ],
      ...(options.mode === 'off'
        ? {}
        : {
            // The client that activities and Nexus handlers have: what they start goes on with their trace.
            client: withClientInterceptors(setup.pipeline, options, given.interceptors?.client),
            nexus: [
              ...(given.interceptors?.nexus ?? []),
              createNexusInterceptor({ pipeline: setup.pipeline, sampleRatio: options.sampleRatio }),
            ],
          }),
      ...(given.workflowsPath === undefined
        ? {}
        : { workflowModules: withInterceptorModule(given.interceptors?.workflowModules) }),
    },
  };
  return {
    workerOptions,
    activities,
    spanQueue: spanTaskQueue === undefined || !runsWorkflows ? undefined : queueBeside(given, spanTaskQueue),
  };
}

function activityTracing({ pipeline, options }: WorkerSetup): ActivityInterceptorsFactory {
  const { captureActivityIo, sampleRatio } = options;
  return createActivityInterceptor({ pipeline, captureActivityIo, sampleRatio });
}

const NO_SINK = { fn: () => {}, callDuringReplay: false };

/** A replay worker's options with our workflow interceptors; nothing is delivered in a replay. */
export function configureReplayWorker(given: ReplayWorkerOptions): ReplayWorkerOptions {
  const options: ReplayWorkerOptions = {
    ...given,
    // For its name alone: the SDK logs an error for each call to a sink that it does not know, also where it would not make the call.
    sinks: { ...given.sinks, [SINK_NAME]: { deliver: NO_SINK, enqueue: NO_SINK } },
  };
  if (given.workflowsPath === undefined) return options;
  return {
    ...options,
    interceptors: { ...given.interceptors, workflowModules: withInterceptorModule(given.interceptors?.workflowModules) },
  };
}

/** In a cache smaller than this Core lets go of runs whose local activity is under way now and then; their task is tried again when its time is over. */
const ROOMY_CACHE_MIN = 10;

function maxCached(given: WorkerOptions, runsWorkflows: boolean, logger: WarningLogger): { maxCachedWorkflows?: number } {
  const { maxCachedWorkflows, taskQueue } = given;
  if (!runsWorkflows || maxCachedWorkflows === undefined || maxCachedWorkflows >= ROOMY_CACHE_MIN) return {};
  if (maxCachedWorkflows > 0) {
    logger.warn(
      `everspan: maxCachedWorkflows is ${maxCachedWorkflows} on task queue ${taskQueue}; with a cache so small Temporal evicts workflows whose local ` +
        `activity runs, which then wait for their task's timeout: give it at least ${ROOMY_CACHE_MIN}`,
    );
    return {};
  }
  logger.warn(
    `everspan: maxCachedWorkflows was 0 on task queue ${taskQueue}; Temporal cannot run local activities without a cache, so it is now ${ROOMY_CACHE_MIN}`,
  );
  return { maxCachedWorkflows: ROOMY_CACHE_MIN };
}

/** A queue of our own, reached as the worker of these options reaches the server. */
export function queueBeside(given: WorkerOptions, taskQueue: string): SpanQueue {
  return {
    taskQueue,
    namespace: given.namespace,
    connection: given.connection,
    identity: given.identity,
    dataConverter: given.dataConverter,
  };
}
