import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../activities/clock.js';
import { DeliveryLog } from '../activities/delivery-log.js';
import type { Outcome } from '../interceptors/call-outcome.js';
import { quietly } from '../interceptors/quietly.js';
import { HttpClient } from '../processors/http-client.js';
import { ArtefactCounters, type ArtefactStats } from './artefact-counters.js';
import { type ArtefactOptions, type ResolvedArtefacts, resolveArtefacts } from './artefact-options.js';
import { currentScope, runIn } from './artefact-scope.js';
import { type FolderLock, liveRecorders, type LockOwner, renewLock } from './folder-lock.js';
import { pickUpFolders } from './pick-up.js';
import { ownProcessIdentity } from './process-identity.js';
import { type RowBudget, TaskFolder } from './task-folder.js';
import { type ResolvedTask, resolveTask, type TaskOptions } from './task-options.js';
import { placeOfTask, taskDefaults } from './task-place.js';
import { TaskRun } from './task-run.js';
import { UploadQueue } from './upload-queue.js';
import { wallMicros } from './wall-clock.js';

/** Bytes of rows that wait for the disk; what comes past it is dropped and counted. */
const WAITING_BYTES_MAX = 32 * 1_024 * 1_024;
/** Far more often than a lock of a process that nobody can look at takes to count as left behind. */
const RENEW_LOCKS_MS = 60_000;
const FLUSH_TIMEOUT_MS_DEFAULT = 5_000;

/**
 * Records tasks: rows on the disk while they run, uploads behind them.
 *
 * The plugin has one for its activities. Elsewhere, make one and run the code in it; without, `task` uses one with the defaults.
 *
 * @example
 * const artefacts = new ArtefactRecorder({ server: 'http://collector:8080', apiKey, accountId });
 * await artefacts.run(() => task('page-7', { workflowId }, async () => { … }));
 * await artefacts.shutdown();
 */
export class ArtefactRecorder {
  readonly #id = randomUUID();
  readonly #options: ResolvedArtefacts;
  readonly #clock: Clock;
  readonly #log: DeliveryLog;
  readonly #counters: ArtefactCounters;
  readonly #uploads: UploadQueue | undefined;
  readonly #budget: RowBudget = { bytesLeft: WAITING_BYTES_MAX };
  /** Tasks that run, are being closed, or are being picked up. */
  readonly #unsettled = new Set<Promise<void>>();
  /** Generation of the lock by path, of folders that this recorder may still write or upload. */
  readonly #held = new Map<string, number>();
  /** The latest closing by task. */
  readonly #closing = new Map<string, Promise<void>>();
  #owner: Promise<LockOwner> | undefined;
  #isShutDown = false;

  /** @throws ArtefactOptionsError, or ProcessorOptionsError for a server or a key that no request could carry. */
  constructor(options: ArtefactOptions = {}, clock: Clock = systemClock) {
    this.#options = resolveArtefacts(options);
    this.#clock = clock;
    this.#log = new DeliveryLog(this.#options.logger, clock);
    this.#counters = new ArtefactCounters(this.#log);
    const { server, apiKey, accountId, triesMax, retryLaterMs, keepUploaded } = this.#options;
    if (server === undefined || !this.#options.isEnabled) return;
    const client = new HttpClient({
      service: 'collector',
      baseUrl: server,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(accountId === undefined ? {} : { accountId }),
      triesMax,
      // An upload must not keep a process alive that has nothing else to do: the next one finds the folder.
      sleep: (delayMs, signal) => sleepUnheld(clock, delayMs, signal),
    });
    this.#uploads = new UploadQueue({
      client,
      counters: this.#counters,
      clock,
      keepUploaded,
      retryLaterMs,
      settled: (path) => void this.#held.delete(path),
    });
  }

  /** What `body` returns; tasks that begin in it are recorded by this. */
  run<T>(body: () => T): T {
    return runIn(this, currentScope(), body);
  }

  /** Looks for what dead processes left, now and then again. The first task does it, too. Harmless when it is called again. */
  start(): void {
    if (this.#owner !== undefined || this.#isShutDown || !this.#options.isEnabled) return;
    liveRecorders().add(this.#id);
    const recorderId = this.#id;
    this.#owner = ownProcessIdentity().then((identity) => ({ ...identity, recorderId }));
    this.#every(RENEW_LOCKS_MS, () => this.#renewLocks());
    if (this.#uploads === undefined) return;
    this.#settleLater(this.#pickUp());
    this.#every(this.#options.retryLaterMs, () => this.#settleLater(this.#pickUp()));
  }

  /** Begins a task; `undefined`, which is counted, where it cannot be recorded. For `task`. */
  begin(dataId: unknown, options: TaskOptions): TaskRun | undefined {
    if (!this.#options.isEnabled || this.#isShutDown) return undefined;
    const resolved = quietly(() => resolveTask(dataId, options, taskDefaults(this.#options.ownerId)));
    if (resolved === undefined) {
      this.#counters.drop('invalid', 'a task has an id or options that cannot be recorded');
      return undefined;
    }
    if (resolved.refusedChildren > 0) {
      const { refusedChildren } = resolved;
      this.#counters.drop('invalid', `merged children of ${resolved.dataId} are named twice or not at all`, refusedChildren);
    }
    this.start();
    const folder = new TaskFolder(this.#options.folder, this.#lockFor(resolved), this.#counters, this.#budget);
    const place = placeOfTask(resolved.workflowId, this.#options.resource, currentScope()?.run.place.traceId);
    const { redaction } = this.#options;
    const run = new TaskRun(resolved, { place, folder, counters: this.#counters, redaction });
    this.#counters.tasksStarted += 1;
    this.#settleLater(folder.path.then((path) => void (path === undefined || this.#held.set(path, 1))));
    return run;
  }

  /** Ends a task and sends it on its way. For `task`. */
  end(run: TaskRun, outcome: Outcome, hasThrown: boolean): void {
    run.end(outcome, hasThrown);
    this.#counters.tasksClosed += 1;
    const { dataId } = run.task;
    const order = this.#counters.tasksClosed;
    // One after the other for one task, so that uploads come in the order in which the runs ended.
    const closed = (this.#closing.get(dataId) ?? Promise.resolve())
      .then(() => this.#close(run, order))
      .finally(() => {
        if (this.#closing.get(dataId) === closed) this.#closing.delete(dataId);
      });
    this.#closing.set(dataId, closed);
    this.#settleLater(closed);
  }

  /** Counts a row that is not written: `outside_task`, or `invalid` for what throws when it is looked at. For `phase` and its like. */
  drop(reason: 'outside_task' | 'invalid', what: string): void {
    if (!this.#options.isEnabled) return;
    this.#counters.drop(reason, reason === 'invalid' ? `a ${what} throws when it is read` : `a ${what} came outside of a task`);
  }

  stats(): ArtefactStats {
    return this.#counters.snapshot(this.#uploads?.size ?? 0);
  }

  /** Resolves when tasks that have ended are on the disk and tried at the server, at the latest after `timeoutMs`. */
  async flush(timeoutMs = FLUSH_TIMEOUT_MS_DEFAULT): Promise<void> {
    let cancel = (): void => {};
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#clock.after(timeoutMs, resolve, true);
    });
    await Promise.race([this.#whenSettled(), timeout]);
    cancel();
    this.#log.flush();
  }

  /** Flushes, then stops: tasks that begin later are not recorded. What was not uploaded is left to the next process. */
  async shutdown(timeoutMs = FLUSH_TIMEOUT_MS_DEFAULT): Promise<void> {
    this.#isShutDown = true;
    await this.flush(timeoutMs);
    this.#uploads?.stop();
    liveRecorders().delete(this.#id);
  }

  async #lockFor({ dataId, workflowId }: ResolvedTask): Promise<FolderLock> {
    const startedAtMicros = wallMicros();
    const owner = await (this.#owner as Promise<LockOwner>);
    return { taskId: dataId, ...(workflowId === undefined ? {} : { workflowId }), startedAtMicros, owner };
  }

  async #close(run: TaskRun, order: number): Promise<void> {
    await run.folder.close();
    const path = await run.folder.path;
    if (path === undefined) return;
    if (this.#uploads === undefined) {
      this.#held.delete(path);
      return;
    }
    const { dataId: taskId, workflowId } = run.task;
    this.#uploads.add({ path, taskId, workflowId, isPickedUp: false, order });
  }

  async #pickUp(): Promise<void> {
    if (this.#isShutDown) return;
    const owner = await (this.#owner as Promise<LockOwner>);
    for (const folder of await pickUpFolders(this.#options.folder, owner, Date.now())) {
      this.#counters.pickedUp += 1;
      this.#held.set(folder.path, folder.generation);
      this.#uploads?.add(folder);
    }
  }

  async #renewLocks(): Promise<void> {
    for (const [path, generation] of this.#held) {
      // The folder went with its upload.
      await renewLock(path, generation).catch(() => this.#held.delete(path));
    }
  }

  #every(periodMs: number, work: () => unknown): void {
    this.#clock.after(periodMs, () => {
      if (this.#isShutDown) return;
      work();
      this.#every(periodMs, work);
    });
  }

  async #whenSettled(): Promise<void> {
    while (this.#unsettled.size > 0) await Promise.all(this.#unsettled);
    await this.#uploads?.whenIdle();
  }

  #settleLater(work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => this.#counters.warn('fault', `artefacts: ${String(error)}`))
      .finally(() => this.#unsettled.delete(settled));
    this.#unsettled.add(settled);
  }
}

function sleepUnheld(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal.addEventListener('abort', finish);
  });
}
