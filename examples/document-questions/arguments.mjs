import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run demo -- [--question "…"] [--no-kill] [--serve] [FILE…]

Answers a question over text files (default: the documentation of this repository) with a Temporal workflow on two worker processes,
kills one of them at work, and prints the answer and the trace. With --serve a collector stays up afterwards and answers for what was kept.`;

const DEFAULT_QUESTION = 'What happens to a span when the worker dies?';

/**
 * What the command line asks for. Ends the process with a clear line where it asks for what cannot be.
 *
 * @param {readonly string[]} args
 * @param {string} repository - Folder of the default files.
 * @returns {{ question: string, files: string[], kills: boolean, serves: boolean }}
 */
export function readArguments(args, repository) {
  const { values, positionals } = parse(args);
  if (values.help === true) end(USAGE, 0);
  const files = positionals.length > 0 ? positionals : ownDocs(repository);
  for (const file of files) if (!existsSync(file)) end(`no such file: ${file}`, 2);
  return {
    question: values.question ?? DEFAULT_QUESTION,
    files,
    kills: values['no-kill'] !== true,
    serves: values.serve === true,
  };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        question: { type: 'string' },
        'no-kill': { type: 'boolean' },
        serve: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    return end(`${/** @type {Error} */ (error).message}\n\n${USAGE}`, 2);
  }
}

/** @param {string} repository */
function ownDocs(repository) {
  const docs = readdirSync(join(repository, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => join('docs', name))].map((name) => relative(process.cwd(), join(repository, name)));
}

/**
 * @param {string} text
 * @param {number} code
 * @returns {never}
 */
function end(text, code) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
