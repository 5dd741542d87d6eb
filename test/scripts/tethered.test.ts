import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

const tethered = fileURLToPath(new URL('../../scripts/tethered.mjs', import.meta.url));
const PRINT_PID_AND_STAY = 'process.stdout.write(String(process.pid)); setInterval(() => {}, 1000);';

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a tethered program ends when the process that started it dies by %s',
  async (signal) => {
    const starter = `require('child_process').spawn(process.execPath, ${JSON.stringify([tethered, process.execPath, '-e', PRINT_PID_AND_STAY])},
    { stdio: ['pipe', 'inherit', 'inherit'], detached: true })`;
    const parent = spawn(process.execPath, ['-e', starter], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    expect(isRunning(pid)).toBe(true);

    parent.kill(signal);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 30_000 });
  },
);

test('a tethered program hands its exit code on', async () => {
  const tether = spawn(process.execPath, [tethered, process.execPath, '-e', 'process.exit(7)'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  expect(await once(tether, 'close')).toEqual([7, null]);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process.
    return false;
  }
}
