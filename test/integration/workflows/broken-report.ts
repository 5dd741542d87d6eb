import { proxyActivities } from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

/** As first deployed: its mistake fails the workflow task, not the workflow. */
export async function report(): Promise<string> {
  return withSpan('reports', async () => {
    const greeting: string = await greet('report');
    throw new TypeError(`no such thing as ${greeting}`);
  });
}
