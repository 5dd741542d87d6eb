import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

/** A place in a scan of all keys: the master, Redis's own cursor on it, and how many ids of that step have been given out. */
interface ScanPlace {
  readonly master: number;
  readonly cursor: string;
  readonly given: number;
}

/** The place that a cursor names, the beginning where there is none; `undefined` for what no scan gave. */
export function parseScanCursor(cursor: string | undefined): ScanPlace | undefined {
  if (cursor === undefined) return { master: 0, cursor: '0', given: 0 };
  const match = /^scan:(\d{1,4}):(\d{1,20}):(\d{1,9})$/.exec(cursor);
  if (match === null) return undefined;
  return { master: Number(match[1]), cursor: match[2] as string, given: Number(match[3]) };
}

/** Ids of operations, at most `limit`, from `place` on: one step of SCAN on one master, or a part of it. */
export async function scanPage(
  connection: RedisConnection,
  keys: RedisKeys,
  place: ScanPlace,
  limit: number,
): Promise<{ operationIds: string[]; cursor?: string }> {
  const client = await connection.client({ subject: 'scan of operations' });
  const keyPrefix = client.options.keyPrefix ?? '';
  const masters = await connection.masters('scan of operations');
  const master = masters[place.master];
  if (master === undefined) return { operationIds: [] };
  // SCAN is the one command to which a client does not add its prefix.
  const pattern = `${keyPrefix.replaceAll(/[\\*?[\]]/g, '\\$&')}${keys.pattern}`;
  const reply = await connection.command(
    master,
    'scan of operations',
    'scan',
    place.cursor,
    'MATCH',
    pattern,
    'COUNT',
    Math.max(limit, 100),
  );
  const [next, found] = reply as [string, string[]];
  const ids = found.flatMap((key) => (key.startsWith(keyPrefix) ? (keys.idOf(key.slice(keyPrefix.length)) ?? []) : []));
  const operationIds = ids.slice(place.given, place.given + limit);
  if (place.given + limit < ids.length) {
    return { operationIds, cursor: `scan:${place.master}:${place.cursor}:${place.given + limit}` };
  }
  if (next !== '0') return { operationIds, cursor: `scan:${place.master}:${next}:0` };
  return place.master + 1 < masters.length ? { operationIds, cursor: `scan:${place.master + 1}:0:0` } : { operationIds };
}
