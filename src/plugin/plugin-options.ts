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
import { EverspanConfigError } from './errors.js';

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

/** Everything that `new EverspanPlugin()` takes. All of it may be left out. */
export interface EverspanOptions {
  /** Where spans go; each takes all. Default: SGP when its environment is set, else JSONL under `./.everspan/`. */
  readonly processors?: readonly SpanProcessor[];
  /** `off` starts nothing new, and still makes the commands of runs that are traced: for rolling out and back. Default `on`. */
  readonly mode?: 'on' | 'off';
  /** Share of new runs that are traced, 0 to 1, decided by the workflow id. Default 1. */
  readonly rollout?: number;
  /** Share of new traces that are kept, 0 to 1, as OpenTelemetry's TraceIdRatioBased. A caller's decision wins. Default 1. */
  readonly sampleRatio?: number;
  /** Sends the root span of a run that was sampled out when the run fails. Default false. */
  readonly keepErrors?: boolean;
  /** How batches leave a running workflow. Default `auto`: local first, remote where that fails. */
  readonly delivery?: Delivery;
  /** How the last batch leaves. Default `auto`. */
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
  /** Default `chain`. */
  readonly traceScope?: TraceScope;
  /** History bytes that one run may spend on spans. Default 5 MB. */
  readonly budgetBytes?: number;
  /** Applied to every span before a processor sees it. */
  readonly redaction?: Redaction;
  /** `service.name`; default `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string;
  /** Further resource attributes. */
  readonly resource?: Attributes;
  /** Where tasks of activities are recorded (`everspan/artefacts`), and uploaded to. Default: folders under `.everspan/artefacts`, no uploads. */
  readonly artefacts?: Omit<ArtefactOptions, 'redaction' | 'resource' | 'logger'>;
  readonly logger?: WarningLogger;
  readonly meter?: MetricMeter;
  /** Milliseconds in which spans of this process's own (attempts, client calls) gather before they are sent, 0 to 60,000. Default 1,000. */
  readonly backgroundLingerMs?: number;
  /** Milliseconds that a worker's shutdown waits for what is still in the background. Default 5,000. */
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
  oneOf('mode', resolved.mode, ['on', 'off']);
  oneOf('delivery', resolved.delivery, ['auto', 'local', 'remote']);
  oneOf('closing', resolved.closing, ['auto', 'activity', 'background', 'record']);
  oneOf('traceScope', resolved.traceScope, ['chain', 'run']);
  within('rollout', resolved.rollout, 0, 1);
  within('sampleRatio', resolved.sampleRatio, 0, 1);
  within('lingerMs', resolved.lingerMs, 0, 60_000);
  within('budgetBytes', resolved.budgetBytes, 0, 50_000_000);
  within('backgroundLingerMs', resolved.backgroundLingerMs, 0, 60_000);
  within('shutdownTimeoutMs', resolved.shutdownTimeoutMs, 0, 3_600_000);
  for (const name of ['keepErrors', 'captureWorkflowIo', 'captureActivityIo'] as const) {
    if (typeof resolved[name] !== 'boolean') throw invalid(name, resolved[name], 'true or false');
  }
  if (options.spanTaskQueue !== undefined && (typeof options.spanTaskQueue !== 'string' || options.spanTaskQueue === '')) {
    throw invalid('spanTaskQueue', options.spanTaskQueue, 'the name of a task queue');
  }
  checkProcessors(options.processors);
  checkOperations(options.operations);
  checkOpenSpans(options.openSpans);
  checkWatchdog(options.watchdog);
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

function checkProcessors(processors: readonly SpanProcessor[] | undefined): void {
  if (processors === undefined) return;
  if (!Array.isArray(processors) || processors.length === 0)
    throw invalid('processors', processors, 'a list of at least one processor');
  const names = new Set<string>();
  for (const processor of processors as readonly SpanProcessor[]) {
    for (const method of ['start', 'end', 'shutdown'] as const) {
      if (typeof processor?.[method] !== 'function')
        throw invalid('processors', processor, `processors with a method ${method}()`);
    }
    if (names.has(processor.name)) throw invalid('processors', processor.name, 'processors of different names');
    names.add(processor.name);
  }
}

function checkOperations(operations: OperationsOptions | undefined): void {
  if (operations === undefined) return;
  const { store, watchdog = 'schedule' } = operations;
  for (const method of ['create', 'transition', 'renew', 'get', 'checkpoint'] as const) {
    if (typeof store?.[method] !== 'function')
      throw invalid('operations.store', store, `an operation store with a method ${method}()`);
  }
  oneOf('operations.watchdog', watchdog, ['schedule', 'elsewhere']);
}

function checkWatchdog(watchdog: EverspanOptions['watchdog']): void {
  if (watchdog === undefined || typeof watchdog === 'boolean') return;
  if (typeof watchdog !== 'object' || watchdog === null) throw invalid('watchdog', watchdog, 'true, false or an object');
  const { taskQueue } = watchdog;
  if (taskQueue !== undefined && (typeof taskQueue !== 'string' || taskQueue === '')) {
    throw invalid('watchdog.taskQueue', taskQueue, 'the name of a task queue');
  }
}

function checkOpenSpans(index: OpenSpanIndex | undefined): void {
  if (index === undefined) return;
  for (const method of ['put', 'remove'] as const) {
    if (typeof index?.[method] !== 'function') throw invalid('openSpans', index, `an open-span index with a method ${method}()`);
  }
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw invalid(name, value, `one of ${allowed.join(', ')}`);
}

function within(name: string, value: number, least: number, most: number): void {
  if (typeof value !== 'number' || !(value >= least && value <= most))
    throw invalid(name, value, `a number from ${least} to ${most}`);
}

function invalid(name: string, value: unknown, wanted: string): EverspanConfigError {
  return new EverspanConfigError('INVALID_OPTION', `everspan option ${name} must be ${wanted}, got ${String(value)}`);
}
