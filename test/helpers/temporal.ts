import { randomUUID } from 'node:crypto';
import { Client, Connection, type ClientOptions } from '@temporalio/client';
import { TestWorkflowEnvironment, type TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { IllegalStateError } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { requireServer } from './servers.js';

/** `host:port` of the Temporal server that all test files share. Its namespace is `default`. */
export function temporalAddress(): string {
  return requireServer('temporalServer', 'address');
}

/** A client of the shared server, with a connection of its own that closes when the test ends. Call it inside a test. */
export async function connectClient(options: Omit<ClientOptions, 'connection'> = {}): Promise<Client> {
  const connection = await Connection.connect({ address: temporalAddress() });
  onTestFinished(() => connection.close());
  return new Client({ ...options, connection });
}

/** A worker's connection to the shared server, which closes when the test ends: stop the workers before. Call it inside a test. */
export async function connectWorker(): Promise<NativeConnection> {
  installQuietRuntime();
  const connection = await NativeConnection.connect({ address: temporalAddress() });
  onTestFinished(() => connection.close());
  return connection;
}

/** A task queue, or a workflow id, that nobody else uses. */
export function uniqueQueue(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** A server of its own whose clock skips ahead while a result is awaited. Tear it down: `onTestFinished(() => env.teardown())`. */
export async function startTimeSkippingEnvironment(
  options: Omit<TimeSkippingTestWorkflowEnvironmentOptions, 'server'> = {},
): Promise<TestWorkflowEnvironment> {
  installQuietRuntime();
  const path = requireServer('timeSkippingServer', 'path');
  return TestWorkflowEnvironment.createTimeSkipping({ ...options, server: { executable: { type: 'existing-path', path } } });
}

/** The SDK's runtime with warnings and errors as its only log, unless the test file installed one of its own before. */
export function installQuietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('WARN') });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
