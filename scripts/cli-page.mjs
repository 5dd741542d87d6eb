/** Writes docs/cli.md from the command line as it is built. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cliPageText } from './cli-page-text.mjs';
import { prepare } from './prepare.mjs';
import { repositoryRoot } from './repository-root.mjs';

await prepare();
/** @param {string} name */
const load = (name) => import(pathToFileURL(join(repositoryRoot, 'dist', 'cli', name)).href);
const { allCommands, outlineOf } = await load('command-outline.js');
const { exitCodeRows } = await load('exit-code.js');
const { buildProgram } = await load('program.js');
const { processIo } = await load('process-io.js');
writeFileSync(
  join(repositoryRoot, 'docs', 'cli.md'),
  cliPageText(allCommands(outlineOf(buildProgram(processIo()))), exitCodeRows()),
);
