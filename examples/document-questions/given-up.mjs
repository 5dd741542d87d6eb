import { readSpans, waitForSpans } from './span-files.mjs';

/** @typedef {import('@temporalio/client').Client} Client */
/** @typedef {import('./span-files.mjs').SeenSpan} SeenSpan */

/**
 * Starts a workflow that waits for an approval, terminates it, and has the watchdog sweep: nothing of the workflow itself can close its spans.
 *
 * @param {Client} client
 * @param {{ taskQueue: string, spanFolder: string, input: Record<string, unknown> }} options
 * @returns {Promise<{ workflowId: string, spans: SeenSpan[] }>} Its spans as the sweep left them.
 */
export async function giveUpAndSweep(client, { taskQueue, spanFolder, input }) {
  const workflowId = `given-up-${Date.now()}`;
  const ofRun = (/** @type {readonly SeenSpan[]} */ spans) =>
    spans.filter(({ span }) => span.attributes['temporal.workflow.id'] === workflowId && span.type !== 'attempt');
  const handle = await client.workflow.start('answerQuestion', { taskQueue, workflowId, args: [input] });
  // It waits for its approval, and its operation is open.
  await waitForSpans(spanFolder, (spans) => ofRun(spans).some(({ span }) => span.type === 'timer' && span.endTime === undefined));
  await handle.terminate('nobody waits for the answer any more');

  // By itself it sweeps every five minutes.
  await client.schedule.getHandle('everspan-watchdog').trigger();
  await waitForSpans(spanFolder, (spans) => ofRun(spans).every(({ span }) => span.endTime !== undefined));
  return { workflowId, spans: ofRun(readSpans(spanFolder)) };
}
