import { proxyActivities } from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

/** The same workflow with its mistake corrected. */
export async function report(): Promise<string> {
  return withSpan('reports', async () => {
    const greeting = await greet('report');
    return `${greeting}, and done`;
  });
}
