import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ArtefactType } from '../store/artefact-store.js';
import { CliError } from './errors.js';

/** One file of rows. */
export interface RowFile {
  readonly path: string;
  readonly type: ArtefactType;
  readonly sizeBytes: number;
}

const FILES_MAX = 100_000;

/**
 * Every `.jsonl` file at or below `path`, in the order of their names. `assets….jsonl` and `lineage….jsonl` hold what their names say, all
 * others spans. Links to folders are not followed.
 *
 * @throws CliError `NOT_FOUND` when there is no such path.
 */
export async function findRowFiles(path: string): Promise<RowFile[]> {
  const paths = (await isFolder(path)) ? await filesBelow(path) : [path];
  const files: RowFile[] = [];
  for (const file of paths) files.push({ path: file, type: typeOf(file), sizeBytes: (await stat(file)).size });
  return files;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    // Whatever the file system says: it cannot be read.
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('NOT_FOUND', code === 'ENOENT' ? `no such folder: ${path}` : `${path} cannot be read: ${code ?? ''}`, {
      cause,
    });
  }
}

async function filesBelow(top: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [top];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules') pending.push(path);
      else if (entry.isFile() && entry.name.endsWith('.jsonl')) found.push(path);
      if (found.length > FILES_MAX) throw new CliError('INVALID_INPUT', `${top} has more than ${FILES_MAX} .jsonl files`);
    }
  }
  return found.sort();
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    // A folder that may not be read: said, and not passed over, since its spans would be missing.
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('INVALID_INPUT', `${folder} cannot be read: ${code ?? ''}`, { cause });
  }
}

function typeOf(path: string): ArtefactType {
  const name = basename(path);
  if (/^assets\b/.test(name)) return 'assets';
  return /^lineage\b/.test(name) ? 'lineage' : 'spans';
}
