/**
 * `node tethered.mjs PROGRAM ARGS…`: runs the program for as long as the process that started this one lives.
 *
 * Standard input is a pipe from that process, which writes nothing: it ends when the process ends, also by SIGKILL, and the program is
 * then asked to stop, and killed when it does not. Ends as the program ends.
 */
import { spawn } from 'node:child_process';

const STOP_MS = 5_000;

const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('usage: tethered.mjs PROGRAM ARGS…');
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code) => process.exit(code ?? 128));

process.stdin.resume();
process.stdin.once('end', () => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), STOP_MS);
});
