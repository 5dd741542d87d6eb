import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../scripts/repository-root.mjs';
import { runCommand } from '../scripts/run-command.mjs';
import { describeMachine } from './machine.mjs';

/** Every sample of a full run is in it. */
const OUTPUT_CHARS_MAX = 10_000_000;

/** Says on stderr what is measured now. @param {string} line */
export function say(line) {
  process.stderr.write(`[bench] ${line}\n`);
}

/**
 * What a measuring program, run in a process of its own, prints as JSON on its last line.
 *
 * @param {string} program - Relative to `bench`.
 * @param {readonly (string | number)[]} args
 * @param {readonly string[]} [flags] - Of Node.
 * @returns {Promise<any>}
 * @throws {Error} with its output when it fails.
 */
export async function measureApart(program, args, flags = []) {
  const path = join(repositoryRoot, 'bench', program);
  const { code, output } = await runCommand(process.execPath, [...flags, path, ...args.map(String)], {
    outputChars: OUTPUT_CHARS_MAX,
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`);
  return JSON.parse(output.slice(output.lastIndexOf('\n', output.length - 2) + 1));
}

/**
 * Writes a suite's numbers to `bench/results/<suite>.json` and `.md`, prints the table, and sets the exit code.
 *
 * @param {object} suite
 * @param {string} suite.name
 * @param {'quick' | 'full'} suite.mode
 * @param {boolean} suite.isStrict - Exit code 1 when a number is missed.
 * @param {readonly import('./numbers.mjs').NumberLine[]} suite.numbers
 * @param {Readonly<Record<string, string>>} [suite.versions] - Of servers, by their names.
 */
export function publishSuite({ name, mode, isStrict, numbers, versions = {} }) {
  const date = new Date().toISOString();
  const machine = describeMachine();
  const results = join(repositoryRoot, 'bench', 'results');
  mkdirSync(results, { recursive: true });
  writeFileSync(
    join(results, `${name}.json`),
    `${JSON.stringify({ date, mode, machine, ...versions, numbers }, undefined, 2)}\n`,
  );
  const software = [`Node ${machine.node}`, ...Object.entries(versions).map(([server, version]) => `${server} ${version}`)];
  const table = [
    `Measured on ${date.slice(0, 10)} (${mode}) on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ${software.join(', ')}.`,
    '',
    '| number | target | measured | control | |',
    '| --- | --- | --- | --- | --- |',
    ...numbers.map(
      ({ text, target, measured, control, verdict }) => `| ${[text, target, measured, control, verdict].join(' | ')} |`,
    ),
    '',
  ].join('\n');
  writeFileSync(join(results, `${name}.md`), table);
  process.stdout.write(table);
  process.exitCode = isStrict && numbers.some(({ verdict }) => verdict === 'missed') ? 1 : 0;
}
