import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Text that waits to be written, and whom to tell. */
interface Waiting {
  readonly text: string;
  readonly signal: AbortSignal;
  readonly resolve: (isWritten: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** When the bytes of an `AppendFile` are made to survive a power cut. A killed process loses none that `append` resolved, either way. */
export type AppendSync = 'each-round' | 'at-close';

/**
 * A file that lines are appended to; `append` resolves when they survive a power cut, or, synced at its close, the end of this process.
 *
 * Calls that come while a write is under way wait for the next and share it: one write and one sync for all of them.
 *
 * idle    --append-->   writing  (all that waits, one write, one sync)
 * writing --append-->   writing  (waits for the next round)
 * writing --written-->  writing, where something waits, else idle
 * writing --failed-->   idle     (all of the round are told; the next round opens the file anew)
 *
 * All of it runs in libuv's threads; the event loop only joins strings.
 */
export class AppendFile {
  readonly path: string;
  readonly #sync: AppendSync;
  #waiting: Waiting[] = [];
  #rounds: Promise<void> | undefined;
  #file: FileHandle | undefined;

  constructor(path: string, sync: AppendSync = 'each-round') {
    this.path = path;
    this.#sync = sync;
  }

  /**
   * Appends `text`, which ends with a line break.
   *
   * @returns False when `signal` aborted before its turn came: `text` is not in the file then.
   * @throws What the file system says.
   */
  append(text: string, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, signal, resolve, reject });
      this.#rounds ??= this.#runRounds();
    });
  }

  /** Writes what waits, then closes the file. @throws What the file system says, of a sync at the close. */
  async close(): Promise<void> {
    await this.#rounds;
    try {
      if (this.#sync === 'at-close') await this.#file?.datasync();
    } finally {
      await this.#closeFile();
    }
  }

  async #runRounds(): Promise<void> {
    // Lets the calls of this turn of the event loop share the first round.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const round = this.#waiting;
      this.#waiting = [];
      await this.#runRound(round);
    }
    this.#rounds = undefined;
  }

  async #runRound(round: readonly Waiting[]): Promise<void> {
    const wanted = round.filter((waiting) => !waiting.signal.aborted);
    for (const waiting of round) if (waiting.signal.aborted) waiting.resolve(false);
    if (wanted.length === 0) return;
    try {
      this.#file ??= await openForAppend(this.path);
      await writeWhole(this.#file, Buffer.from(wanted.map((waiting) => waiting.text).join('')));
      // datasync writes the bytes and the length that is needed to read them; only times of the file it leaves out.
      if (this.#sync === 'each-round') await this.#file.datasync();
    } catch (error) {
      // A full or broken disk. What of the round is in the file nobody knows, and after a failed sync the kernel may drop pages
      // that it has not written, so the file is opened anew and the callers send again.
      await this.#closeFile().catch(() => undefined);
      for (const waiting of wanted) waiting.reject(error);
      return;
    }
    for (const waiting of wanted) waiting.resolve(true);
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function openForAppend(path: string): Promise<FileHandle> {
  const folder = dirname(path);
  const firstMade = await mkdir(folder, { recursive: true });
  const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o644);
  try {
    const { size } = await file.stat();
    if (size === 0) await syncFolders(folder, firstMade);
    else if (!(await endsLine(file, size))) await writeWhole(file, Buffer.from('\n'));
    return file;
  } catch (error) {
    // Whatever the disk says: the handle must not stay open.
    await file.close();
    throw error;
  }
}

// False after a crash in the middle of a line: the next row must not become part of it.
async function endsLine(file: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

// A new file is lost with its folder's entry, however well its bytes are kept.
async function syncFolders(folder: string, firstMade: string | undefined): Promise<void> {
  const top = firstMade === undefined ? folder : dirname(firstMade);
  for (let current = folder; ; current = dirname(current)) {
    // Some file systems cannot sync a folder, and say so in various ways; they keep the entry as well as they can.
    await syncFolder(current).catch(() => undefined);
    if (current === top || current === dirname(current)) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}
