import type { MetricMeter } from '@temporalio/common';
import type { ArtefactOptions } from '../artefacts/artefact-options.js';
import type { WarningLogger } from '../activities/span-pipeline.js';
import type { Redaction } from '../processors/redaction.js';
import type { SpanProcessor } from '../processors/span-processor.js';
import type { Attributes } from '../span/span.js';
import type { OpenSpanIndex } from '../state/open-span-index.js';
import type { OperationStore } from '../state/operation-store.js';
import { DEFAULT_CONFIG } from '../wire/default-config.js';
import type { Closing, Delivery, RecordedConfig, TraceScope } from '../wire/span-batch.js';
import { checkNames, checkValues } from './validate-options.js';

/** How the workflows and activities of a process drive operations. */
export interface OperationsOptions {
  /** Where they are kept. The same one for every process that drives them. It stays the caller's: the plugin never closes it. */
  readonly store: OperationStore;
  /**
   * What closes operations whose owner has died. `schedule` (default): a Temporal schedule, which each worker looks for when it starts, and warns
   * where there is none. `elsewhere`: somebody else sees to it, and nobody looks.
   */
  readonly watchdog?: 'schedule' | 'elsewhere';
}

/** How this process's workers run sweeps. */
export interface WatchdogWorkerOptions {
  /** Task queue of the sweeps; the same as `ensureWatchdog` was told. Default `everspan-watchdog`. */
  readonly taskQueue?: string;
}

/** Everything that `new EverspanPlugin()` takes. All of it may be left out; a name that is not here is refused. */
export interface EverspanOptions {
  /** Where spans go; each takes all. Their names differ. Default: SGP when its environment is set, else JSONL under `./.everspan/`. */
  readonly processors?: readonly SpanProcessor[];
  /**
   * `on` (default): runs that begin are traced. `off`: nothing new is traced, and runs that are traced already still make their commands, so that their
   * histories replay: for rolling out and back.
   */
  readonly mode?: 'on' | 'off';
  /** Share of new runs that are traced, 0 to 1, decided by the workflow id. Default 1. */
  readonly rollout?: number;
  /** Share of new traces that are kept, 0 to 1, as OpenTelemetry's TraceIdRatioBased. A caller's decision wins. Default 1. */
  readonly sampleRatio?: number;
  /** Sends the root span of a run that was sampled out when the run fails. Default false. */
  readonly keepErrors?: boolean;
  /**
   * How batches leave a running workflow, all but the last. `auto` (default): by a local activity (one event of history, at most 250 ms), and where that
   * did not deliver, by a remote one, which Temporal retries for an hour. `local`: never remote; what fails goes out again locally, later. `remote`: always
   * remote; it never holds a workflow task, and costs more history.
   */
  readonly delivery?: Delivery;
  /**
   * How the last batch leaves when a run closes. `auto` (default): `background` for a run that took a signal or an update, else `direct`.
   * `direct`: out before the worker reports the closing task, which it holds for at most 250 ms; no history; what is not out then is left to the process.
   * `activity`: the same by a local activity, with one event of history. `background`: handed to the process at once, no time and no history; lost if
   * the process dies first. `record`: nothing is sent, and the
   * watchdog closes the spans from Temporal's own record.
   */
  readonly closing?: Closing;
  /**
   * Milliseconds of workflow time between two flushes of a run, 0 to 60,000; half as many more where no other workflow task comes. Default
   * 1,000.
   */
  readonly lingerMs?: number;
  /** Task queue of remote batches, with a worker of the plugin's own. Default: the workflow's queue where it has activities. */
  readonly spanTaskQueue?: string;
  /** Records the workflow's own input and output, through history. Default false. */
  readonly captureWorkflowIo?: boolean;
  /** Records inputs and outputs of activities, straight from their process. Default false. */
  readonly captureActivityIo?: boolean;
  /**
   * Which runs of a workflow share a trace. `chain` (default): all runs of a chain of continue-as-new, up to 10,000 spans or 24 hours; what comes after is
   * a new trace, linked. `run`: each run has a trace of its own, linked to the one before.
   */
  readonly traceScope?: TraceScope;
  /**
   * Bytes of history that one run may spend on spans, 0 to 50,000,000; an event counts as 1,000 at least. Past it the run keeps to its root span, and counts
   * what it leaves out. Default 2,500,000: a twentieth of the bytes, and of the events, at which Temporal ends a run.
   */
  readonly budgetBytes?: number;
  /** Takes text and values out of every span before a processor sees it, by name, by pattern, or by a function. Default: nothing. */
  readonly redaction?: Redaction;
  /** `service.name`. Default: `OTEL_SERVICE_NAME`, `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, then `unknown_service:node`. */
  readonly serviceName?: string;
  /** Further attributes of this process, on every span; they win over `OTEL_RESOURCE_ATTRIBUTES`. Default: none. */
  readonly resource?: Attributes;
  /** Where tasks of activities are recorded (`everspan/artefacts`), and uploaded to. Default: folders under `.everspan/artefacts`, no uploads. */
  readonly artefacts?: Omit<ArtefactOptions, 'redaction' | 'resource' | 'logger'>;
  /** Where warnings go: anything with a method `warn(message)`. Default: `console`. */
  readonly logger?: WarningLogger;
  /** Where the counters go as metrics. Default: the metric meter of Temporal's `Runtime`, once a worker runs. */
  readonly meter?: MetricMeter;
  /** Milliseconds in which spans of this process's own (attempts, client calls) gather before they are sent, 0 to 60,000. Default 1,000. */
  readonly backgroundLingerMs?: number;
  /** Milliseconds that a worker's shutdown waits for what is still in the background, 0 to 3,600,000. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
  /** Lets workflows and activities drive operations. Independent of `mode` and of sampling. Default: none. */
  readonly operations?: OperationsOptions;
  /** Where the spans that are open are kept, whole, so that a watchdog can close those of a run that is gone. It stays the caller's. Default: nowhere. */
  readonly openSpans?: OpenSpanIndex;
  /**
   * Whether this process's workers also run the sweeps of their namespaces' watchdogs, on a task queue of its own; `ensureWatchdog` makes the schedule.
   * Default false.
   */
  readonly watchdog?: boolean | WatchdogWorkerOptions;
}

/** The options with their defaults. */
export type ResolvedOptions = EverspanOptions &
  Required<
    Pick<
      EverspanOptions,
      | 'mode'
      | 'rollout'
      | 'sampleRatio'
      | 'keepErrors'
      | 'delivery'
      | 'closing'
      | 'lingerMs'
      | 'captureWorkflowIo'
      | 'captureActivityIo'
      | 'traceScope'
      | 'budgetBytes'
      | 'shutdownTimeoutMs'
      | 'backgroundLingerMs'
    >
  >;

/**
 * `options` with defaults for what is left out.
 *
 * @throws EverspanConfigError `INVALID_OPTION` with the name, the value and what is allowed.
 */
export function resolveOptions(options: EverspanOptions): ResolvedOptions {
  checkNames(options);
  const resolved = {
    ...options,
    mode: options.mode ?? 'on',
    rollout: options.rollout ?? 1,
    sampleRatio: options.sampleRatio ?? DEFAULT_CONFIG.sampleRatio,
    keepErrors: options.keepErrors ?? DEFAULT_CONFIG.keepErrors,
    delivery: options.delivery ?? DEFAULT_CONFIG.delivery,
    closing: options.closing ?? DEFAULT_CONFIG.closing,
    lingerMs: options.lingerMs ?? DEFAULT_CONFIG.lingerMs,
    captureWorkflowIo: options.captureWorkflowIo ?? DEFAULT_CONFIG.captureWorkflowIo,
    captureActivityIo: options.captureActivityIo ?? false,
    traceScope: options.traceScope ?? DEFAULT_CONFIG.traceScope,
    budgetBytes: options.budgetBytes ?? DEFAULT_CONFIG.budgetBytes,
    shutdownTimeoutMs: options.shutdownTimeoutMs ?? 5_000,
    backgroundLingerMs: options.backgroundLingerMs ?? 1_000,
  };
  checkValues(resolved);
  return resolved;
}

/** What a run records of the options. */
export function recordedConfig(
  options: ResolvedOptions,
  worker: { readonly spanTaskQueue: string | undefined; readonly hasSink: boolean },
): RecordedConfig {
  return {
    closing: options.closing,
    delivery: options.delivery,
    hasSink: worker.hasSink,
    lingerMs: options.lingerMs,
    sampleRatio: options.sampleRatio,
    keepErrors: options.keepErrors,
    captureWorkflowIo: options.captureWorkflowIo,
    traceScope: options.traceScope,
    budgetBytes: options.budgetBytes,
    ...(worker.spanTaskQueue === undefined ? {} : { spanTaskQueue: worker.spanTaskQueue }),
  };
}
