import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../activities/clock.js';
import type { HttpClient } from '../processors/http-client.js';
import type { ArtefactCounters } from './artefact-counters.js';
import { codeOf } from './task-folder.js';
import { type UploadableFolder, type UploadResult, uploadTask } from './upload-task.js';

/** What a folder holds once it needs no upload any more and stays all the same. */
export const SETTLED_NAME = 'settled';
/** Folders whose names begin so are on their way out. No task's does. */
export const HIDDEN_PREFIX = '.';
const CONCURRENT_MAX = 4;

/** What the queue works with. */
export interface UploadQueueParts {
  readonly client: HttpClient;
  readonly counters: ArtefactCounters;
  readonly clock: Clock;
  readonly keepUploaded: boolean;
  readonly retryLaterMs: number;
  /** Told of each folder that needs no upload any more. */
  readonly settled: (path: string) => void;
}

/**
 * Sends folders in the background, a few at once, those of one task one after the other.
 *
 * waiting   --turn-->     sending
 * sending   --taken-->    gone, or kept with a mark   (also when a later run is there already)
 * sending   --refused-->  kept with a mark
 * sending   --error-->    put off    (the disk keeps it; a process that comes later takes it if this one ends)
 * put off   --timer-->    waiting
 *
 * A file that is sent replaces the one at the server: once a run of a task is there, earlier runs of it that still wait are not sent.
 */
export class UploadQueue {
  readonly #parts: UploadQueueParts;
  readonly #waiting: UploadableFolder[] = [];
  readonly #sending = new Map<string, Promise<void>>();
  readonly #putOff = new Set<UploadableFolder>();
  readonly #stop = new AbortController();
  readonly #idle = new Set<() => void>();

  constructor(parts: UploadQueueParts) {
    this.#parts = parts;
  }

  /** Folders that wait for a server, those that were put off too. */
  get size(): number {
    return this.#waiting.length + this.#sending.size + this.#putOff.size;
  }

  /** Never throws, never waits. */
  add(folder: UploadableFolder): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.push(folder);
    this.#fill();
  }

  /** Resolves when nothing is on its way; what is put off is not waited for. */
  async whenIdle(): Promise<void> {
    while (this.#waiting.length > 0 || this.#sending.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** Stops at once. What was not sent stays on the disk. */
  stop(): void {
    this.#stop.abort();
    this.#waiting.length = 0;
    this.#putOff.clear();
  }

  #fill(): void {
    while (this.#sending.size < CONCURRENT_MAX) {
      const index = this.#waiting.findIndex(({ taskId }) => !this.#sending.has(taskId));
      const folder = this.#waiting[index];
      if (folder === undefined) return;
      this.#waiting.splice(index, 1);
      const sent = this.#send(folder).finally(() => {
        this.#sending.delete(folder.taskId);
        this.#fill();
        if (this.#sending.size > 0 || this.#waiting.length > 0) return;
        for (const resolve of this.#idle) resolve();
        this.#idle.clear();
      });
      this.#sending.set(folder.taskId, sent);
    }
  }

  async #send(folder: UploadableFolder): Promise<void> {
    const { client, counters } = this.#parts;
    try {
      const result = await uploadTask(client, folder, this.#stop.signal);
      await this.#settle(folder, result);
    } catch (error) {
      // No server, no network, a disk that cannot be read: fails open, and what is on the disk is kept.
      if (this.#stop.signal.aborted) return;
      counters.uploadsPutOff += 1;
      counters.warn('upload', `artefacts of task ${folder.taskId} were not uploaded for now: ${describe(error)}`);
      this.#putOff.add(folder);
      this.#parts.clock.after(this.#parts.retryLaterMs, () => {
        if (this.#putOff.delete(folder)) this.add(folder);
      });
    }
  }

  async #dropEarlier({ taskId, order }: UploadableFolder): Promise<void> {
    const isEarlier = (other: UploadableFolder): boolean => other.taskId === taskId && other.order < order;
    const earlier = [...this.#waiting, ...this.#putOff].filter(isEarlier);
    for (const folder of earlier) {
      if (!this.#putOff.delete(folder)) this.#waiting.splice(this.#waiting.indexOf(folder), 1);
    }
    for (const folder of earlier) await this.#settle(folder, { kind: 'superseded' });
  }

  async #settle(folder: UploadableFolder, result: UploadResult): Promise<void> {
    const { counters, keepUploaded, settled } = this.#parts;
    settled(folder.path);
    if (result.kind === 'sent') {
      counters.uploaded += 1;
      await this.#dropEarlier(folder);
    }
    if (result.kind === 'superseded') counters.superseded += 1;
    if (result.kind === 'refused') {
      counters.uploadsRefused += 1;
      const { type, status } = result;
      counters.warn('refused', `the server answered ${status} to ${type} of task ${folder.taskId}; it stays in ${folder.path}`);
    }
    if (result.kind !== 'sent' || keepUploaded) {
      const status = result.kind === 'refused' ? ` ${result.status}` : '';
      await writeFile(join(folder.path, SETTLED_NAME), `${result.kind}${status}\n`);
      return;
    }
    // Out of sight first: half of a folder would be sent as the whole, if this process dies while it goes.
    const gone = join(dirname(folder.path), `${HIDDEN_PREFIX}sent-${randomUUID()}`);
    await rename(folder.path, gone);
    await rm(gone, { recursive: true, force: true });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : codeOf(error);
}
