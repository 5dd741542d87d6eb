import {
  ApplicationFailure,
  condition,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { operation, withSpan } from 'everspan/workflow';

/** @typedef {import('./activities.mjs').Passage} Passage */

/** @type {import('@temporalio/workflow').ActivityInterfaceFor<typeof import('./activities.mjs')>} */
const { readPassages, answerFrom, writeAnswer } = proxyActivities({
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
 * @param {{ question: string, files: readonly string[], answerPath: string, hasOperations: boolean }} input - With `hasOperations` where it stands can
 *   be read from Redis at any time, and `answerFrom` goes on where a worker died.
 */
export async function answerQuestion({ question, files, answerPath, hasOperations }) {
  let isApproved = false;
  setHandler(approve, () => {
    isApproved = true;
  });
  const work = hasOperations ? await operation({ metadata: { question: question.slice(0, 200) } }) : undefined;
  await work?.transition('PREPROCESSING');
  const perFile = await Promise.all(files.map((file) => executeChild(readDocument, { args: [file] })));
  const passages = perFile.flat();
  if (passages.length === 0) throw ApplicationFailure.nonRetryable('the files hold no text', 'NO_TEXT');
  await work?.transition('QUEUED');
  await work?.claim();
  await work?.transition('PRE_INFERENCE_GATHER');

  const { answer, ranked, resumed } = await withSpan('find the answer', async (span) => {
    const found = await answerFrom(question, passages);
    span.setAttributes({ passages: passages.length, ranked: found.ranked.length });
    return found;
  });
  await work?.transition('POSTPROCESSING');

  // Whoever asked may still object; after ten seconds silence counts as consent.
  await condition(() => isApproved, '10 seconds');
  await sleep('100 ms');
  await work?.transition('DELIVERING');
  await writeAnswer(answerPath, answer);
  await work?.transition('DELIVERED');
  await work?.complete();
  return { answer, sources: [...new Set(ranked.map(({ file }) => file))], passages: passages.length, resumed };
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
