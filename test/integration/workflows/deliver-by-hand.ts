import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SpanActivities } from '../../../src/activities/span-activities.js';
import type { SpanBatch, SpanReceipt } from '../../../src/wire/span-batch.js';

const local = proxyLocalActivities<SpanActivities>({ startToCloseTimeout: '2s', retry: { maximumAttempts: 1 } });
const remote = proxyActivities<SpanActivities>({ startToCloseTimeout: '5s', retry: { initialInterval: '100ms' } });

/** Sends `start` as a local and `end` as a remote activity; answers with both receipts. */
export async function deliverByHand(start: SpanBatch, end: SpanBatch): Promise<SpanReceipt[]> {
  return [await local.START_SPAN(start), await remote.END_SPAN(end)];
}
