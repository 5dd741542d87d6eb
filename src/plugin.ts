import type { ClientOptions, ClientPlugin, ConnectionOptions, ConnectionPlugin } from '@temporalio/client';
import {
  type BundleOptions,
  type BundlerPlugin,
  type NativeConnectionOptions,
  type NativeConnectionPlugin,
  type ReplayWorkerOptions,
  Runtime,
  type Worker,
  type WorkerOptions,
  type WorkerPlugin,
} from '@temporalio/worker';
import type { PipelineStats } from './activities/pipeline-stats.js';
import { processResource } from './activities/resource.js';
import { SpanPipeline, type WarningLogger } from './activities/span-pipeline.js';
import { createArtefactInterceptor } from './artefacts/artefact-interceptor.js';
import { ArtefactRecorder } from './artefacts/artefact-recorder.js';
import type { ArtefactStats } from './artefacts/artefact-counters.js';
import { ensureContextManager } from './interceptors/async-local-context.js';
import { withInterceptorModule, withWorkflowEntry } from './plugin/bundle.js';
import { configureClient } from './plugin/configure-client.js';
import { type ConfiguredWorker, configureReplayWorker, configureWorker, isConfigured } from './plugin/configure-worker.js';
import { defaultProcessors } from './plugin/default-processors.js';
import { flushBeforeExit, forgetExit } from './plugin/exit-flush.js';
import { type EverspanOptions, type ResolvedOptions, resolveOptions } from './plugin/plugin-options.js';
import { warnWithoutWatchdog } from './plugin/watchdog-warning.js';
import { type SpanQueueStats, SpanQueueWorkers } from './plugin/span-queue-worker.js';
import { PluginWatchdog } from './plugin/watchdog.js';

/** What a plugin's process did with spans, and with tasks of its activities. */
export interface PluginStats extends PipelineStats {
  readonly artefacts: ArtefactStats;
  /** The workers of the plugin's own, beside the user's: for span batches where those have no activities, and for the watchdog. */
  readonly spanQueues: readonly SpanQueueStats[];
}

/**
 * Traces everything that a Temporal client and worker do. One line each:
 *
 * @example
 * const everspan = new EverspanPlugin();
 * const client = new Client({ plugins: [everspan] });
 * const worker = await Worker.create({ taskQueue, workflowsPath, activities, plugins: [everspan] });
 *
 * One plugin serves any number of clients, workers, queues and namespaces of a process, and is applied once to each however often it is
 * registered.
 */
export class EverspanPlugin implements ClientPlugin, ConnectionPlugin, NativeConnectionPlugin, WorkerPlugin, BundlerPlugin {
  readonly name = 'everspan';
  private readonly options: ResolvedOptions;
  private readonly logger: WarningLogger;
  private readonly pipeline: SpanPipeline;
  private readonly artefacts: ArtefactRecorder;
  private readonly configured: ConfiguredWorker[] = [];
  private readonly spanQueueWorkers: SpanQueueWorkers;
  private readonly watchdog: PluginWatchdog;

  /** @throws EverspanConfigError `INVALID_OPTION`. */
  constructor(options: EverspanOptions = {}) {
    this.options = resolveOptions(options);
    this.logger = options.logger ?? console;
    this.spanQueueWorkers = new SpanQueueWorkers(this.logger);
    const resource = processResource({
      serviceName: options.serviceName,
      ...(options.resource === undefined ? {} : { attributes: options.resource }),
    });
    this.artefacts = new ArtefactRecorder({
      ...options.artefacts,
      ...(this.options.mode === 'off' ? { enabled: false } : {}),
      ...(options.redaction === undefined ? {} : { redaction: options.redaction }),
      resource,
      logger: this.logger,
    });
    this.pipeline = new SpanPipeline({
      processors: this.options.processors ?? defaultProcessors(process.env, this.logger),
      resource,
      logger: this.logger,
      backgroundLingerMs: this.options.backgroundLingerMs,
      ...(options.redaction === undefined ? {} : { redaction: options.redaction }),
      ...(options.meter === undefined ? {} : { meter: options.meter }),
      ...(options.openSpans === undefined ? {} : { openSpans: options.openSpans }),
    });
    this.watchdog = new PluginWatchdog(this.options, this.pipeline, this.spanQueueWorkers, this.logger);
  }

  configureClient(options: ClientOptions): ClientOptions {
    if (this.options.mode === 'on') {
      ensureContextManager();
      flushBeforeExit(this.pipeline, this.options.shutdownTimeoutMs);
    }
    return configureClient(this.pipeline, this.options, options);
  }

  configureConnection(options: ConnectionOptions): ConnectionOptions {
    return options;
  }

  configureNativeConnection(options: NativeConnectionOptions): NativeConnectionOptions {
    return options;
  }

  /** @throws EverspanConfigError `ACTIVITY_NAME_TAKEN`. */
  configureWorker(options: WorkerOptions): WorkerOptions {
    if (isConfigured(options)) return options;
    ensureContextManager();
    const configured = configureWorker(
      {
        options: this.options,
        pipeline: this.pipeline,
        logger: this.logger,
        artefactInterceptor: createArtefactInterceptor(this.artefacts),
      },
      options,
    );
    this.configured.push(configured);
    return configured.workerOptions;
  }

  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return configureReplayWorker(options);
  }

  configureBundler(options: BundleOptions): BundleOptions {
    return {
      ...options,
      workflowInterceptorModules: withInterceptorModule(options.workflowInterceptorModules),
      // Loaded once for all workflows of a worker, our code is warm in each; it keeps what is a run's by the run (see PerRun). The SDK's own that it
      // imports is shared in any case.
      preloadModules: withInterceptorModule(options.preloadModules),
      webpackConfigHook: withWorkflowEntry(options.webpackConfigHook),
    };
  }

  /** Runs the worker, with one for its span queue and one for sweeps beside it where they are wanted; then sends what is still in the background, bounded. */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (this.options.meter === undefined) this.pipeline.attachMeter(Runtime.instance().metricMeter);
    const configured = this.takeConfigured(worker);
    if (configured !== undefined) void warnWithoutWatchdog(this.options.operations, configured.workerOptions, this.logger);
    this.artefacts.start();
    try {
      if (configured === undefined) await next(worker);
      else await this.watchdog.during(configured.workerOptions, () => this.runBesideSpanQueue(configured, () => next(worker)));
    } finally {
      const { shutdownTimeoutMs } = this.options;
      const [isSent] = await Promise.all([this.pipeline.flush(shutdownTimeoutMs), this.artefacts.flush(shutdownTimeoutMs)]);
      // What could not be sent now has had its time: where the process ends next, it is only counted.
      flushBeforeExit(this.pipeline, isSent ? shutdownTimeoutMs : 0);
    }
  }

  private async runBesideSpanQueue({ spanQueue, activities }: ConfiguredWorker, run: () => Promise<void>): Promise<void> {
    if (spanQueue === undefined) await run();
    else await this.spanQueueWorkers.during(spanQueue, async () => ({ activities }), run);
  }

  /** What was delivered and dropped by this process, and how the processors stand. */
  stats(): PluginStats {
    return { ...this.pipeline.stats(), artefacts: this.artefacts.stats(), spanQueues: this.spanQueueWorkers.stats() };
  }

  /**
   * Sends what still waits, within `timeoutMs`, then shuts the processors down; what is left is dropped, counted and logged.
   *
   * For the end of a process, before `process.exit()`: one that ends because it has nothing else to do sends what waits by itself.
   */
  async shutdown(timeoutMs = this.options.shutdownTimeoutMs): Promise<void> {
    forgetExit(this.pipeline);
    await Promise.all([this.pipeline.shutdown(timeoutMs), this.artefacts.shutdown(timeoutMs)]);
  }

  // A worker does not say which plugin call made it; its queue and namespace do.
  private takeConfigured(worker: Worker): ConfiguredWorker | undefined {
    const { taskQueue, namespace } = worker.options;
    const index = this.configured.findIndex(
      ({ workerOptions }) => workerOptions.taskQueue === taskQueue && (workerOptions.namespace ?? 'default') === namespace,
    );
    return index === -1 ? undefined : this.configured.splice(index, 1)[0];
  }
}
