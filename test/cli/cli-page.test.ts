import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cliPageText } from '../../scripts/cli-page-text.mjs';
import { allCommands, outlineOf } from '../../src/cli/command-outline.js';
import { exitCodeRows } from '../../src/cli/exit-code.js';
import { processIo } from '../../src/cli/process-io.js';
import { buildProgram } from '../../src/cli/program.js';

const page = fileURLToPath(new URL('../../docs/cli.md', import.meta.url));

it('docs/cli.md is what the program says of itself (node scripts/cli-page.mjs writes it)', () => {
  expect(readFileSync(page, 'utf8')).toBe(cliPageText(allCommands(outlineOf(buildProgram(processIo()))), exitCodeRows()));
});

it('every command, argument and option says what it is for', () => {
  const silent = allCommands(outlineOf(buildProgram(processIo()))).flatMap(
    ({ path, description, arguments: wanted, options }) => [
      ...(description === '' ? [path.join(' ')] : []),
      ...wanted.filter((argument) => argument.description === '').map((argument) => `${path.join(' ')} ${argument.name()}`),
      ...options.filter((option) => option.description === '').map((option) => `${path.join(' ')} ${option.flags}`),
    ],
  );
  expect(silent).toEqual([]);
});
