import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';

const WRITE_CHARACTERS = 64 * 1_024;

/**
 * Writes `chunks` to stdout, or to `file` (`-` is stdout). A file appears whole: what breaks off, by a fault or by Ctrl-C, leaves nothing behind and
 * the old file as it was.
 *
 * @throws CliError `FAILURE` when the file cannot be written, `INTERRUPTED` after Ctrl-C.
 */
export async function writeOutput(
  chunks: Iterable<string> | AsyncIterable<string>,
  file: string | undefined,
  io: CliIo,
): Promise<void> {
  if (file === undefined || file === '-') {
    for await (const piece of gathered(chunks)) await io.stdout.write(piece);
    return;
  }
  const path = isAbsolute(file) ? file : join(io.cwd, file);
  await writeWhole(path, gathered(chunks), io.interruption());
}

async function writeWhole(path: string, pieces: AsyncIterable<string>, interruption: AbortSignal): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      for await (const piece of pieces) {
        if (interruption.aborted) throw new CliError('INTERRUPTED', `stopped; ${path} is as it was`);
        await handle.writeFile(piece);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const { code, syscall } = cause as NodeJS.ErrnoException;
    // What is not the file system's comes from reading, and has words of its own.
    if (cause instanceof CliError || syscall === undefined) throw cause;
    throw new CliError('FAILURE', `${path} cannot be written: ${code ?? ''}`, { cause });
  }
}

/** Small pieces put together: one write each would cost more than what is written. */
async function* gathered(chunks: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length < WRITE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
