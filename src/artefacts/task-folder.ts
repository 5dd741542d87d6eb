import { mkdir, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { AppendFile } from '../processors/append-file.js';
import type { ArtefactCounters } from './artefact-counters.js';
import { type FolderLock, takeLock } from './folder-lock.js';
import { folderName } from './folder-name.js';

/** The kinds of artefacts, each a file of its own. */
export const ARTEFACT_TYPES = ['spans', 'assets', 'lineage'] as const;
export type ArtefactType = (typeof ARTEFACT_TYPES)[number];

/** Bytes of rows of all tasks of a recorder that wait for the disk. */
export interface RowBudget {
  bytesLeft: number;
}

/** Names that are tried for a task that has folders already, before a random one. */
const NUMBERED_NAMES_MAX = 20;
const NEVER_ABORTED = new AbortController().signal;

/**
 * The folder of one run of a task, `<root>/<task>/logs/{spans,assets,lineage}.jsonl`: rows are handed to the system one by one as they
 * come, in the background, so that they outlive a killed process; they are synced to the disk at the close.
 *
 * A task that runs again gets a folder beside the first (`<task>~2`): two runs never mix, and of a run that died nothing is written over.
 */
export class TaskFolder {
  /** Its path, once it is there; `undefined` where the file system refused it, which is counted. */
  readonly path: Promise<string | undefined>;
  readonly #files: Promise<Readonly<Record<ArtefactType, AppendFile>> | undefined>;
  readonly #counters: ArtefactCounters;
  readonly #budget: RowBudget;
  readonly #writes = new Set<Promise<void>>();

  constructor(root: string, lock: Promise<FolderLock>, counters: ArtefactCounters, budget: RowBudget) {
    this.#counters = counters;
    this.#budget = budget;
    this.path = lock
      .then((taken) => createFolder(resolve(root), taken))
      .catch((error: unknown) => {
        // A full or read-only disk, a root that is a file: rows of this task are counted as they come.
        this.#counters.warn('folder', `no folder for a task under ${root}: ${codeOf(error)}`);
        return undefined;
      });
    this.#files = this.path.then((path) => (path === undefined ? undefined : filesIn(path)));
  }

  /** Writes `line`, which ends with a line break, behind those before. Never throws, never waits. */
  append(type: ArtefactType, line: string): void {
    const bytes = Buffer.byteLength(line);
    if (bytes > this.#budget.bytesLeft) {
      this.#counters.drop('memory_full', `the disk is too slow for ${type}`);
      return;
    }
    this.#budget.bytesLeft -= bytes;
    const write = this.#write(type, line).finally(() => {
      this.#budget.bytesLeft += bytes;
      this.#writes.delete(write);
    });
    this.#writes.add(write);
  }

  /** Writes what waits, syncs it to the disk and closes the files. */
  async close(): Promise<void> {
    await Promise.all(this.#writes);
    const files = await this.#files;
    if (files === undefined) return;
    for (const file of Object.values(files)) {
      await file.close().catch((error: unknown) => {
        // The rows were handed over; whether they are on the disk nobody knows.
        this.#counters.warn('sync', `${file.path} was not synced: ${codeOf(error)}`);
      });
    }
  }

  async #write(type: ArtefactType, line: string): Promise<void> {
    const files = await this.#files;
    try {
      if (files === undefined) {
        this.#counters.drop('disk', `${type} of a task without a folder are not written`);
        return;
      }
      await files[type].append(line, NEVER_ABORTED);
      this.#counters.rowsWritten += 1;
    } catch (error) {
      // A full or broken disk.
      this.#counters.drop('disk', `${files?.[type].path ?? type} cannot be written: ${codeOf(error)}`);
    }
  }
}

/** Path of the file of `type` in a task's folder. */
export function artefactPath(folder: string, type: ArtefactType): string {
  return join(folder, 'logs', `${type}.jsonl`);
}

function filesIn(folder: string): Record<ArtefactType, AppendFile> {
  const file = (type: ArtefactType): AppendFile => new AppendFile(artefactPath(folder, type), 'at-close');
  return { spans: file('spans'), assets: file('assets'), lineage: file('lineage') };
}

async function createFolder(root: string, lock: FolderLock): Promise<string> {
  await mkdir(root, { recursive: true });
  const folder = await makeUnused(root, folderName(lock.taskId));
  await mkdir(join(folder, 'logs'));
  // All three are there from the start: an empty file says that there is nothing, a missing one says nothing.
  for (const type of ARTEFACT_TYPES) await writeFile(artefactPath(folder, type), '');
  // Last: a folder without a lock holds no rows, and is nobody's to upload.
  await takeLock(folder, 1, lock);
  return folder;
}

async function makeUnused(root: string, name: string): Promise<string> {
  for (let number = 1; number <= NUMBERED_NAMES_MAX; number += 1) {
    const folder = join(root, number === 1 ? name : `${name}~${number}`);
    if (await makeFolder(folder)) return folder;
  }
  const folder = join(root, `${name}~${randomUUID()}`);
  await mkdir(folder);
  return folder;
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What the file system says, as text. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? String(error);
}
