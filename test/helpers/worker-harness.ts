import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { EverspanOptions } from '../../src/plugin/plugin-options.js';
import { EverspanPlugin } from '../../src/plugin.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { connectClient, connectWorker, uniqueQueue } from './temporal.js';

export type WorkflowBundle = { readonly code: string };

/** The workflows of one file, bundled twice: with everspan's interceptors and without. */
export interface Bundles {
  readonly traced: WorkflowBundle;
  readonly untraced: WorkflowBundle;
}

const quiet = new DefaultLogger('ERROR');

/** Bundles `workflowsPath` with and without everspan. */
export async function makeBundles(workflowsPath: string): Promise<Bundles> {
  const plugin = new EverspanPlugin({ processors: [new InMemoryProcessor()] });
  const traced = await bundleWorkflowCode({ workflowsPath, plugins: [plugin], logger: quiet });
  const untraced = await bundleWorkflowCode({ workflowsPath, logger: quiet });
  return { traced, untraced };
}

/** A plugin that keeps what it warns of. */
export function quietPlugin(options: EverspanOptions): { plugin: EverspanPlugin; warnings: string[] } {
  const warnings: string[] = [];
  return { plugin: new EverspanPlugin({ logger: { warn: (message: string) => warnings.push(message) }, ...options }), warnings };
}

/** A client, a worker's connection and a queue of its own, for one test. */
export interface Bench {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly taskQueue: string;
}

/** Call it inside a test; the connections close when it ends. */
export async function setUpBench(name: string): Promise<Bench> {
  return { client: await connectClient(), connection: await connectWorker(), taskQueue: uniqueQueue(name) };
}

/** A worker on the bench's queue. */
export function createWorker(bench: Bench, options: Partial<WorkerOptions>): Promise<Worker> {
  return Worker.create({
    connection: bench.connection,
    taskQueue: bench.taskQueue,
    // An activity that does not end would hold the test until its deadline.
    shutdownGraceTime: '2s',
    ...options,
  });
}

/** What `work` gives while a worker runs. */
export async function withWorker<T>(bench: Bench, options: Partial<WorkerOptions>, work: () => Promise<T>): Promise<T> {
  const worker = await createWorker(bench, options);
  return worker.runUntil(work());
}
