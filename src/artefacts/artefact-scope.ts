import { AsyncLocalStorage } from 'node:async_hooks';
import type { ArtefactRecorder } from './artefact-recorder.js';
import type { TaskRun } from './task-run.js';

/** Where the calling code stands in a task. */
export interface ArtefactScope {
  readonly run: TaskRun;
  /** The task's root span, or the phase that runs. */
  readonly spanId: string;
  /** Whose rows these are: the task's own, or a merged child's. */
  readonly dataId: string;
}

interface Current {
  readonly recorder: ArtefactRecorder | undefined;
  /** Absent outside of tasks, and in one that is not recorded. */
  readonly scope: ArtefactScope | undefined;
}

// Node's own storage: it goes through awaits, timers and callbacks, and `bindContext` carries it into pools and emitters.
const storage = new AsyncLocalStorage<Current>();

/** The scope that the calling code runs in. */
export function currentScope(): ArtefactScope | undefined {
  return storage.getStore()?.scope;
}

/** The recorder of the task, activity or `run` that the calling code is in. */
export function currentRecorder(): ArtefactRecorder | undefined {
  return storage.getStore()?.recorder;
}

/** What `body` returns, run with `recorder`, in `scope`. */
export function runIn<T>(recorder: ArtefactRecorder | undefined, scope: ArtefactScope | undefined, body: () => T): T {
  return storage.run({ recorder, scope }, body);
}
