/**
 * `node tethered.mjs [--user=UID:GID] [--stop-signal=NAME] PROGRAM ARGS…`: runs the program for as long as the process that started
 * this one lives; as another user where it must not be root.
 *
 * Standard input is a pipe from that process, which writes nothing: it ends when the process ends, also by SIGKILL, and the program is
 * then asked to stop, and killed when it does not. Ends as the program ends.
 */
import { spawn } from 'node:child_process';

const STOP_MS = 5_000;

const args = process.argv.slice(2);
/** @type {Map<string, string>} */
const options = new Map();
for (let match = readOption(); match !== null; match = readOption()) {
  options.set(/** @type {string} */ (match[1]), /** @type {string} */ (match[2]));
  args.shift();
}
const program = args.shift();
if (program === undefined) throw new Error('usage: tethered.mjs [--user=UID:GID] [--stop-signal=NAME] PROGRAM ARGS…');
const [uid, gid] = options.get('user')?.split(':').map(Number) ?? [];
const stopSignal = /** @type {NodeJS.Signals} */ (options.get('stop-signal') ?? 'SIGTERM');
const child = spawn(program, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
});
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code) => process.exit(code ?? 128));

process.stdin.resume();
process.stdin.once('end', () => {
  child.kill(stopSignal);
  setTimeout(() => child.kill('SIGKILL'), STOP_MS);
});

function readOption() {
  return /^--([a-z-]+)=(.+)$/.exec(args[0] ?? '');
}
