import { CancellationScope, createNexusServiceClient, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import * as nexus from 'nexus-rpc';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

export const greetings = nexus.service('greetings', {
  greet: nexus.operation<string, string>(),
  refuse: nexus.operation<string, string>(),
  greetSlowly: nexus.operation<string, string>(),
  neverEnd: nexus.operation<string, string>(),
});

export type Operation = keyof typeof greetings.operations;

export async function callOperation(endpoint: string, operation: Operation): Promise<string> {
  const client = createNexusServiceClient({ endpoint, service: greetings });
  return client
    .executeOperation(operation, 'Ada', { scheduleToCloseTimeout: '20 seconds' })
    .catch((error: unknown) => `swallowed ${(error as Error).name}`);
}

export async function cancelOperation(endpoint: string): Promise<string> {
  const client = createNexusServiceClient({ endpoint, service: greetings });
  const scope = new CancellationScope();
  const operation = await scope.run(() => client.startOperation('neverEnd', 'Ada', { scheduleToCloseTimeout: '20 seconds' }));
  scope.cancel();
  return operation.result().catch((error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)));
}

/** Behind the asynchronous operation. */
export async function greetInHandler(name: string): Promise<string> {
  return greet(name);
}

export async function sleepInHandler(): Promise<string> {
  await sleep('1 hour');
  return 'slept';
}
