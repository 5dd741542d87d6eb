import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Context } from '@temporalio/activity';
import MiniSearch from 'minisearch';
import { withSpan } from 'everspan';

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
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim().slice(0, PASSAGE_LENGTH_MAX))
    .filter((paragraph) => paragraph.length > 40)
    .map((paragraph, id) => ({ id, file, text: paragraph }));
}

/**
 * The passages that fit the question best, best first, by BM25.
 *
 * @param {string} question
 * @param {readonly Passage[]} passages
 * @returns {Promise<Passage[]>}
 */
export async function rankPassages(question, passages) {
  return withSpan('BM25', () => {
    const search = new MiniSearch({ fields: ['text'], idField: 'key' });
    search.addAll(passages.map((passage, key) => ({ key, text: passage.text })));
    return search
      .search(question)
      .slice(0, RANKED_MAX)
      .map(({ id }) => /** @type {Passage} */ (passages[id]));
  });
}

/**
 * An answer: the model's where `OPENAI_BASE_URL` names one, else the sentences that share most words with the question.
 *
 * @param {string} question
 * @param {readonly Passage[]} passages
 * @returns {Promise<string>}
 */
export async function answerFrom(question, passages) {
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
