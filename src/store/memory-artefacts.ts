import type { ArtefactType, ArtefactUpload } from './artefact-store.js';
import { SpanStoreError } from './errors.js';
import { byCodePoint } from './by-code-point.js';

interface TaskArtefacts {
  readonly accountId: string;
  readonly workflowId: string;
  uploadedAtMicros: number;
  readonly files: Map<ArtefactType, readonly string[]>;
}

/** The artefacts of a memory store. */
export class MemoryArtefacts {
  readonly #tasks = new Map<string, TaskArtefacts>();

  put(upload: ArtefactUpload, accountId: string, nowMicros: number): void {
    const known = this.#tasks.get(upload.taskId);
    if (known !== undefined && (known.accountId !== accountId || known.workflowId !== upload.workflowId)) {
      throw new SpanStoreError('TASK_OF_ANOTHER', 'memory', `task ${upload.taskId} belongs to another workflow or account`);
    }
    const task = known ?? { accountId, workflowId: upload.workflowId, uploadedAtMicros: nowMicros, files: new Map() };
    task.uploadedAtMicros = nowMicros;
    task.files.set(upload.type, [...upload.rows]);
    this.#tasks.set(upload.taskId, task);
  }

  *rows(workflowId: string, type: ArtefactType, accountId: string): Generator<string> {
    const tasks = this.#tasksOf(workflowId, accountId);
    const files = tasks.map(([taskId, task]) => ({ taskId, task, rows: task.files.get(type) }));
    for (const { taskId, task, rows } of files) {
      for (const row of rows ?? []) {
        if (task.files.get(type) !== rows || this.#tasks.get(taskId) !== task) {
          throw new SpanStoreError('REPLACED', 'memory', `${type} of task ${taskId} were replaced while they were read`);
        }
        yield row;
      }
    }
  }

  hasWorkflow(workflowId: string, accountId: string): boolean {
    return this.#tasksOf(workflowId, accountId).length > 0;
  }

  workflowOfTask(taskId: string, accountId: string): string | undefined {
    const task = this.#tasks.get(taskId);
    return task?.accountId === accountId ? task.workflowId : undefined;
  }

  prune(uploadedBefore: number): { tasks: number; rows: number } {
    const pruned = { tasks: 0, rows: 0 };
    for (const [taskId, task] of this.#tasks) {
      if (task.uploadedAtMicros >= uploadedBefore) continue;
      pruned.tasks += 1;
      for (const rows of task.files.values()) pruned.rows += rows.length;
      this.#tasks.delete(taskId);
    }
    return pruned;
  }

  #tasksOf(workflowId: string, accountId: string): [string, TaskArtefacts][] {
    return [...this.#tasks]
      .filter(([, task]) => task.accountId === accountId && task.workflowId === workflowId)
      .sort(([a], [b]) => byCodePoint(a, b));
  }
}
