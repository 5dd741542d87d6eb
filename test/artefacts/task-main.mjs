// A process in the middle of a task, to be killed: node test/artefacts/task-main.mjs FOLDER
//
// Writes a line once its first rows are on the disk, then works on until it is killed, or its standard input ends.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ArtefactRecorder, asset, lineageFrom, phase, task } from 'everspan/artefacts';

const folder = process.argv[2] ?? '';
process.stdin.on('end', () => process.exit(1)).resume();

const isWritten = (/** @type {string} */ type) => {
  const path = join(folder, 'crashed', 'logs', `${type}.jsonl`);
  return existsSync(path) && readFileSync(path, 'utf8').endsWith('\n');
};
const recorder = new ArtefactRecorder({ folder });
await recorder.run(() =>
  task('crashed', { workflowId: 'workflow of it' }, async () => {
    phase('before the kill', { type: 'compute' }, () => 1);
    asset({ guid: 'before the kill' });
    lineageFrom('source');
    while (!isWritten('spans') || !isWritten('assets')) await setTimeout(5);
    process.stdout.write('written\n');
    await phase('cut off', { type: 'network' }, () => setTimeout(600_000));
  }),
);
