import { fileURLToPath } from 'node:url';
import {
  Client,
  type ClientOptions,
  type Workflow,
  type WorkflowHandleWithFirstExecutionRunId,
  type WorkflowOptions,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { IllegalStateError, type LogMetadata } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { EverspanPlugin } from '../../src/plugin.js';
import type { EverspanOptions } from '../../src/plugin/plugin-options.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import type { SpanProcessor } from '../../src/processors/span-processor.js';
import { connectClient, connectWorker, uniqueQueue } from './temporal.js';

export interface TracedWorkerOptions {
  readonly bundle: WorkflowBundle;
  readonly activities?: object;
  /** The plugin's; its processor is the memory. */
  readonly everspan?: Omit<EverspanOptions, 'processors'>;
  /** Further processors, beside the memory. */
  readonly processors?: readonly SpanProcessor[];
  /** Takes over queue, plugin and memory of a worker that was stopped. */
  readonly successorOf?: TracedWorker;
  readonly worker?: Partial<WorkerOptions>;
  readonly client?: Omit<ClientOptions, 'connection'>;
  /** Sees every line at WARN or above that the worker, its workflows and activities log; without it they are silent below ERROR. */
  readonly onLog?: (message: string, meta: LogMetadata) => void;
  /** Whether plugins are left out, of worker and client: the same run as users know it. Default false. */
  readonly isUntraced?: boolean;
}

/** A worker and a client on a queue of their own, with one plugin that writes to `memory`. It stops with the test. */
export interface TracedWorker {
  readonly client: Client;
  /** Without the plugin: a caller that knows nothing of tracing, or of another library. */
  readonly untracedClient: Client;
  /** The worker's own. */
  readonly connection: NativeConnection;
  readonly taskQueue: string;
  readonly memory: InMemoryProcessor;
  readonly plugin: EverspanPlugin;
  /** Starts `workflow` on this queue, under an id that nobody else uses. */
  start<T extends Workflow>(
    workflow: T,
    args?: Parameters<T>,
    options?: Partial<WorkflowOptions>,
  ): Promise<WorkflowHandleWithFirstExecutionRunId<T>>;
  /** Ends the worker, as a deployment does: what it ran can go on elsewhere. */
  stop(): Promise<void>;
  /** Ends the worker and resolves once everything that it and the client reported is in `memory`. */
  finish(): Promise<InMemoryProcessor>;
}

const DELIVERY_DEADLINE_MS = 30_000;

/** Workflows of `test/integration/workflows/<name>.ts` with the plugin's interceptors. Bundling takes seconds: once a test file. */
export function bundleTracedWorkflows(name: string): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`../integration/workflows/${name}.ts`, import.meta.url)),
    plugins: [new EverspanPlugin({ processors: [new InMemoryProcessor()] })],
    logger: new DefaultLogger('WARN'),
  });
}

/** See `TracedWorker`. Call it inside a test. */
export async function startTracedWorker(options: TracedWorkerOptions): Promise<TracedWorker> {
  installRuntime(options.onLog);
  const { successorOf, processors = [] } = options;
  const memory = successorOf?.memory ?? new InMemoryProcessor();
  const plugin =
    successorOf?.plugin ??
    new EverspanPlugin({ shutdownTimeoutMs: DELIVERY_DEADLINE_MS, ...options.everspan, processors: [memory, ...processors] });
  const plugins = options.isUntraced === true ? [] : [plugin];
  const taskQueue = successorOf?.taskQueue ?? uniqueQueue('traced');
  const [connection, client] = [await connectWorker(), await connectClient({ ...options.client, plugins })];
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: options.bundle,
    ...(options.activities === undefined ? {} : { activities: options.activities }),
    shutdownGraceTime: '1 second',
    ...options.worker,
    plugins,
  });
  const running = worker.run();
  const stop = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
  onTestFinished(stop);
  return {
    client,
    connection,
    untracedClient: new Client({ connection: client.connection, ...options.client }),
    taskQueue,
    memory,
    plugin,
    start(workflow, args, startOptions = {}) {
      const startOfType: WorkflowStartOptions = {
        taskQueue,
        workflowId: uniqueQueue(workflow.name),
        ...startOptions,
        ...(args === undefined ? {} : { args }),
      };
      // Started by name: the workflow's code is in the bundle, not here.
      return client.workflow.start(workflow.name, startOfType) as never;
    },
    stop,
    async finish() {
      await stop();
      // The worker has flushed on its way out; what a client's call has reported since goes now.
      await plugin.shutdown(DELIVERY_DEADLINE_MS);
      return memory;
    },
  };
}

// The worker warns of every failure that a test makes on purpose. The runtime ends with the last worker, so each test has its own.
function installRuntime(onLog: TracedWorkerOptions['onLog']): void {
  const logger =
    onLog === undefined
      ? new DefaultLogger('ERROR')
      : new DefaultLogger('WARN', ({ message, meta }) => onLog(message, meta ?? {}));
  try {
    Runtime.install({ logger });
  } catch (error) {
    if (!(error instanceof IllegalStateError) || onLog !== undefined) throw error;
  }
}
