import type { StoreScope } from './span-store.js';

export type ArtefactType = 'spans' | 'assets' | 'lineage';

/** One file of a task's artefacts. */
export interface ArtefactUpload {
  readonly taskId: string;
  readonly workflowId: string;
  readonly type: ArtefactType;
  /** JSON texts, one a row; kept as they are. */
  readonly rows: readonly string[];
}

/** Keeps artefacts by task; beside a span store, in the same database. */
export interface ArtefactStore {
  /**
   * Replaces the task's file of this type whole.
   *
   * @throws SpanStoreError `TASK_OF_ANOTHER` when the task belongs to another workflow or account.
   */
  putArtefact(upload: ArtefactUpload, scope: StoreScope): Promise<void>;
  /**
   * The rows of all tasks of a workflow, by task and line; nothing is read ahead of the reader by more than a page.
   *
   * @throws SpanStoreError `REPLACED` from the iteration when a file of it is uploaded again before it has been read.
   */
  artefactRows(workflowId: string, type: ArtefactType, scope: StoreScope): AsyncIterable<string>;
  hasWorkflow(workflowId: string, scope: StoreScope): Promise<boolean>;
  /** The workflow that a task of this account belongs to, as `putArtefact` takes it; `undefined` where no file of the task is kept. */
  workflowOfTask(taskId: string, scope: StoreScope): Promise<string | undefined>;
  /** Removes the files of tasks, of all accounts, whose last upload was before `uploadedBefore` (microseconds, the store's clock). */
  pruneArtefacts(query: { readonly uploadedBefore: number }): Promise<{ readonly tasks: number; readonly rows: number }>;
}
