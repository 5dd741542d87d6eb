import type { DeliveryLog } from '../activities/delivery-log.js';

/**
 * Why a row was not written.
 *
 * - `outside_task`: there was no task around it.
 * - `late`: its task had ended.
 * - `invalid`: an id, a type or a number that no row can carry.
 * - `disk`: the file system refused it.
 * - `memory_full`: the file system was too slow for what came.
 */
export type ArtefactDropReason = 'outside_task' | 'late' | 'invalid' | 'disk' | 'memory_full';

/** What a recorder did since it was made. */
export interface ArtefactStats {
  readonly tasksStarted: number;
  readonly tasksClosed: number;
  readonly rowsWritten: number;
  /** Rows, or tasks as a whole, that are not in a file. */
  readonly dropped: Readonly<Record<ArtefactDropReason, number>>;
  /** Tasks whose rows the server has taken. */
  readonly uploaded: number;
  /** Times that an upload was given up for now: its rows stay on the disk and are sent later, or by the next process. */
  readonly uploadsPutOff: number;
  /** Tasks that the server will never take; their folders stay. */
  readonly uploadsRefused: number;
  /** Folders of processes that have died, taken over. */
  readonly pickedUp: number;
  /** Of those, the ones that were not sent because the server has a later run of the task. */
  readonly superseded: number;
  /** Tasks that wait for their upload now. */
  readonly waiting: number;
}

/** Counts, and says what is lost: each topic at most once a minute. */
export class ArtefactCounters {
  tasksStarted = 0;
  tasksClosed = 0;
  rowsWritten = 0;
  uploaded = 0;
  uploadsPutOff = 0;
  uploadsRefused = 0;
  pickedUp = 0;
  superseded = 0;
  readonly #dropped: Record<ArtefactDropReason, number> = { outside_task: 0, late: 0, invalid: 0, disk: 0, memory_full: 0 };
  readonly #log: DeliveryLog;

  constructor(log: DeliveryLog) {
    this.#log = log;
  }

  /** @param what - A phrase for the log: what is missing now, and why. */
  drop(reason: ArtefactDropReason, what: string, rows = 1): void {
    this.#dropped[reason] += rows;
    this.#log.warn(`artefacts ${reason}`, () => `everspan: ${what} (${this.#dropped[reason]} artefact rows lost as ${reason})`);
  }

  /** Something that is worth a line and loses nothing. */
  warn(topic: string, what: string): void {
    this.#log.warn(`artefacts ${topic}`, () => `everspan: ${what}`);
  }

  snapshot(waiting: number): ArtefactStats {
    const { tasksStarted, tasksClosed, rowsWritten, uploaded, uploadsPutOff, uploadsRefused, pickedUp, superseded } = this;
    return {
      tasksStarted,
      tasksClosed,
      rowsWritten,
      dropped: { ...this.#dropped },
      uploaded,
      uploadsPutOff,
      uploadsRefused,
      pickedUp,
      superseded,
      waiting,
    };
  }
}
