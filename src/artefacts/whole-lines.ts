import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 65_536;
const LINE_FEED = 0x0a;

/**
 * How many bytes of the file at `path` are whole lines: up to and with its last line break. What is behind it was torn by a crash.
 *
 * 0 where there is no file.
 */
export async function wholeLineBytes(path: string): Promise<number> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  try {
    return await endOfLastLine(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const index = chunk.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (index !== -1) return start + index + 1;
    end = start;
  }
  return 0;
}
