import { createHash } from 'node:crypto';

/** An id, in UTF-16 units. An id is never cut, since two might then look alike: what is longer is refused. */
const ID_LENGTH_MAX = 512;
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
/** Names that mean a device on some systems, whatever follows a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const READABLE_LENGTH_MAX = 60;
const DIGEST_LENGTH = 16;

/** Whether `id` can be the id of a task or an asset: it names a folder and a part of an address. */
export function isArtefactId(id: unknown): id is string {
  // A single or double dot is a step in every path, also where it is percent-encoded.
  return typeof id === 'string' && id !== '' && id.length <= ID_LENGTH_MAX && id.isWellFormed() && id !== '.' && id !== '..';
}

/**
 * The name of the folder of task `taskId`: the id itself where that is a harmless name, else what can be read of it and a digest.
 *
 * Never leaves its parent and never hides, whatever the id holds. Ids that differ may share a name only where the file system does
 * not tell capitals apart.
 */
export function folderName(taskId: string): string {
  if (PLAIN.test(taskId) && !DEVICE.test(taskId) && !taskId.endsWith('.')) return taskId;
  const readable = taskId
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, READABLE_LENGTH_MAX);
  return `${readable}~${createHash('sha256').update(taskId).digest('hex').slice(0, DIGEST_LENGTH)}`;
}
