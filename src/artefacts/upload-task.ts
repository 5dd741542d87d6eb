import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { SpanDeliveryError } from '../processors/errors.js';
import type { HttpClient } from '../processors/http-client.js';
import { rootEndInFile, rootEndInResponse } from './root-end.js';
import { ARTEFACT_TYPES, artefactPath, type ArtefactType } from './task-folder.js';
import { wholeLineBytes } from './whole-lines.js';

/** A task's folder that nobody writes to any more. */
export interface UploadableFolder {
  readonly path: string;
  readonly taskId: string;
  readonly workflowId: string | undefined;
  /** Left behind by a process that has died. */
  readonly isPickedUp: boolean;
  /** Of two folders of one task the one with the greater number ended later; 0 for what was picked up. */
  readonly order: number;
}

/** How an upload ended; another try comes only after an error. */
export type UploadResult =
  | { readonly kind: 'sent' | 'superseded' }
  | { readonly kind: 'refused'; readonly type: ArtefactType; readonly status: number };

const NDJSON = 'application/x-ndjson';
/** The task belongs to another workflow or account: no try changes that. */
const CONFLICT: ReadonlySet<number> = new Set([409]);
/** A wrong key or address: it is about who asks whom, not about the rows, and somebody will put it right. */
const MISDIRECTED: ReadonlySet<number> = new Set([401, 403, 404, 405, 501]);

/**
 * Sends the rows of `folder`, all types of them, as far as their lines are whole.
 *
 * A file that is sent replaces the task's file at the server. So what a dead process left goes out only where the server has no later
 * run of the task, which another worker may have finished in the meantime.
 *
 * @throws SpanDeliveryError when the server cannot be reached, or does not know us; what the file system says.
 */
export async function uploadTask(client: HttpClient, folder: UploadableFolder, signal: AbortSignal): Promise<UploadResult> {
  if (folder.isPickedUp && (await isSuperseded(client, folder, signal))) return { kind: 'superseded' };
  for (const type of ARTEFACT_TYPES) {
    const path = artefactPath(folder.path, type);
    const bytes = await wholeLineBytes(path);
    const answer = await client.send({
      method: 'POST',
      path: uploadPath(folder, type),
      contentType: NDJSON,
      body: bytes === 0 ? '' : () => Readable.toWeb(createReadStream(path, { end: bytes - 1 })) as ReadableStream<Uint8Array>,
      signal,
      finalStatuses: CONFLICT,
    });
    if (MISDIRECTED.has(answer.status)) {
      throw new SpanDeliveryError(
        'UNAVAILABLE',
        'collector',
        `the server answered ${answer.status}: look at its address and key`,
      );
    }
    if (!answer.isOk) return { kind: 'refused', type, status: answer.status };
  }
  return { kind: 'sent' };
}

function uploadPath({ taskId, workflowId }: UploadableFolder, type: ArtefactType): string {
  const query = workflowId === undefined ? '' : `?workflow_id=${encodeURIComponent(workflowId)}`;
  return `/traces/tasks/${encodeURIComponent(taskId)}/${type}${query}`;
}

async function isSuperseded(client: HttpClient, folder: UploadableFolder, signal: AbortSignal): Promise<boolean> {
  const { taskId, workflowId } = folder;
  if (workflowId === undefined) return false;
  const path = artefactPath(folder.path, 'spans');
  const answer = await client.send({
    method: 'GET',
    path: `/traces/workflows/${encodeURIComponent(workflowId)}/spans`,
    body: '',
    signal,
    readsBody: async (response) => (await rootEndInResponse(response, taskId)) ?? '',
  });
  // A server that does not know the workflow, or cannot be asked, has nothing that could be lost.
  if (!answer.isOk || answer.body === '') return false;
  const ownEnd = await rootEndInFile(path, await wholeLineBytes(path), taskId);
  return ownEnd === undefined || ownEnd < answer.body;
}
