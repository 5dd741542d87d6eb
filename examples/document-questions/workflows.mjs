import {
  ApplicationFailure,
  condition,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { withSpan } from 'everspan/workflow';

/** @typedef {import('./activities.mjs').Passage} Passage */

/** @type {import('@temporalio/workflow').ActivityInterfaceFor<typeof import('./activities.mjs')>} */
const { readPassages, rankPassages, answerFrom, writeAnswer } = proxyActivities({
  startToCloseTimeout: '2 minutes',
  // A worker that dies is noticed by its silence.
  heartbeatTimeout: '2 seconds',
  retry: { initialInterval: '100 ms', maximumAttempts: 5 },
});

/** Says that the answer may be written. */
export const approve = defineSignal('approve');

/**
 * Answers `question` from `files` and writes the answer to `answerPath`.
 *
 * @param {{ question: string, files: readonly string[], answerPath: string }} input
 */
export async function answerQuestion({ question, files, answerPath }) {
  let isApproved = false;
  setHandler(approve, () => {
    isApproved = true;
  });
  const perFile = await Promise.all(files.map((file) => executeChild(readDocument, { args: [file] })));
  const passages = perFile.flat();
  if (passages.length === 0) throw ApplicationFailure.nonRetryable('the files hold no text', 'NO_TEXT');

  const { ranked, answer } = await withSpan('find the answer', async (span) => {
    const best = await rankPassages(question, passages);
    span.setAttributes({ passages: passages.length, ranked: best.length });
    return { ranked: best, answer: await answerFrom(question, best) };
  });

  // Whoever asked may still object; after ten seconds silence counts as consent.
  await condition(() => isApproved, '10 seconds');
  await sleep('100 ms');
  await writeAnswer(answerPath, answer);
  return { answer, sources: [...new Set(ranked.map(({ file }) => file))], passages: passages.length };
}

/**
 * The passages of one file.
 *
 * @param {string} file
 * @returns {Promise<Passage[]>}
 */
export async function readDocument(file) {
  return await readPassages(file);
}
