import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Context } from '@temporalio/activity';
import MiniSearch from 'minisearch';
import { withSpan } from 'everspan';
import { checkpoint, currentOperation, operationActivity } from 'everspan/operations';

/** @typedef {{ id: number, file: string, text: string }} Passage */

const PASSAGE_LENGTH_MAX = 600;
const RANKED_MAX = 5;
const HEARTBEAT_MS = 400;

/**
 * The paragraphs of a text file.
 *
 * @param {string} file
 * @returns {Promise<Passage[]>}
 */
export async function readPassages(file) {
  // A disk that is busy the first time, so that the trace has a retry to show.
  if (Context.current().info.attempt === 1 && file === process.env['DEMO_BUSY_FILE'])
    throw new TypeError(`${file} is busy (simulated, once)`);
  const text = await readFile(file, 'utf8');
  return (
    text
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim().slice(0, PASSAGE_LENGTH_MAX))
      // Tables, code and drawings are no sentences.
      .filter((paragraph) => paragraph.length > 40 && !/^([|<`]|[-+*] *[|-])/.test(paragraph))
      .map((paragraph, id) => ({ id, file, text: paragraph }))
  );
}

/**
 * What `answerFrom` found out.
 *
 * @typedef {object} Answer
 * @property {string} answer
 * @property {Passage[]} ranked - The passages that it rests on.
 * @property {{ step: string, passages: number, savedMs: number }} [resumed] - What a checkpoint spared this attempt.
 */

/**
 * An answer from the passages that fit the question best.
 *
 * What comes before the expensive step is kept in a checkpoint of the operation: an attempt whose predecessor died takes the operation over and
 * goes on from there.
 */
export const answerFrom = hasOperations() ? operationActivity(answerFromCheckpoint) : answerFromScratch;

/** Operations are kept in Redis: without one each attempt begins at the beginning. */
function hasOperations() {
  return process.env['DEMO_HAS_OPERATIONS'] === '1';
}

/**
 * @param {string} question
 * @param {readonly Passage[]} passages
 * @returns {Promise<Answer>}
 */
async function answerFromCheckpoint(question, passages) {
  const operation = await currentOperation();
  const saved = await operation.recover();
  if (saved !== undefined) {
    const { ranked, passages: count, tookMs } = /** @type {Gathered} */ (/** @type {unknown} */ (saved.payload));
    const resumed = { step: saved.header.step ?? '', passages: count, savedMs: tookMs };
    return { answer: await ask(question, ranked), ranked, resumed };
  }
  const gathered = gather(question, passages);
  await checkpoint('INFERRING', gathered, { step: 'passages ranked' });
  return { answer: await ask(question, gathered.ranked), ranked: gathered.ranked };
}

/**
 * @param {string} question
 * @param {readonly Passage[]} passages
 * @returns {Promise<Answer>}
 */
async function answerFromScratch(question, passages) {
  const { ranked } = gather(question, passages);
  return { answer: await ask(question, ranked), ranked };
}

/** @typedef {{ ranked: Passage[], passages: number, tookMs: number }} Gathered */

/**
 * The passages that fit the question best, best first, by BM25, and how long it took to find them.
 *
 * @param {string} question
 * @param {readonly Passage[]} passages
 * @returns {Gathered}
 */
function gather(question, passages) {
  const beganAtMs = performance.now();
  const ranked = withSpan('BM25', () => {
    const search = new MiniSearch({ fields: ['text'], idField: 'key' });
    search.addAll(passages.map((passage, key) => ({ key, text: passage.text })));
    return search
      .search(question)
      .slice(0, RANKED_MAX)
      .map(({ id }) => /** @type {Passage} */ (passages[id]));
  });
  return { ranked, passages: passages.length, tookMs: Math.round(performance.now() - beganAtMs) };
}

/**
 * An answer: the model's where `OPENAI_BASE_URL` names one, else the sentences that share most words with the question.
 *
 * @param {string} question
 * @param {readonly Passage[]} passages
 * @returns {Promise<string>}
 */
async function ask(question, passages) {
  process.send?.({ running: 'answerFrom' });
  const heartbeat = setInterval(() => Context.current().heartbeat(), HEARTBEAT_MS);
  try {
    return process.env['OPENAI_BASE_URL'] ? await askModel(question, passages) : await extractAnswer(question, passages);
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * @param {string} path
 * @param {string} answer
 */
export async function writeAnswer(path, answer) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${answer}\n`);
}

/**
 * @param {string} question
 * @param {readonly Passage[]} passages
 */
async function askModel(question, passages) {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key, OPENAI_MODEL: model = 'gpt-4o-mini' } = process.env;
  const context = passages.map(({ file, text }) => `[${file}] ${text}`).join('\n\n');
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    signal: Context.current().cancellationSignal,
    body: JSON.stringify({
      model,
      messages: [
        { role: 'system', content: 'Answer from the passages alone, in at most three sentences.' },
        { role: 'user', content: `${context}\n\nQuestion: ${question}` },
      ],
    }),
  });
  if (!response.ok) throw new TypeError(`the model answered ${response.status}`);
  const { choices } = /** @type {{ choices: { message: { content: string } }[] }} */ (await response.json());
  return choices[0]?.message.content ?? 'The model gave no answer.';
}

/**
 * @param {string} question
 * @param {readonly Passage[]} passages
 */
async function extractAnswer(question, passages) {
  // As long as a model would take: time enough for the worker to be killed at its work.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const asked = new Set(wordsOf(question));
  const sentences = passages.flatMap(({ text }) => text.split(/(?<=[.!?])\s+/));
  const scored = sentences.map((sentence, order) => ({
    sentence,
    order,
    score: wordsOf(sentence).filter((word) => asked.has(word)).length,
  }));
  const best = scored.sort((a, b) => b.score - a.score || a.order - b.order).slice(0, 2);
  return best.length === 0 ? 'The files say nothing about it.' : best.map(({ sentence }) => sentence).join(' ');
}

/** @param {string} text */
function wordsOf(text) {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 3);
}
