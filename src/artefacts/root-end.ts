import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { LINE_BYTES_MAX } from './artefact-row.js';

/**
 * When task `taskId` ended, by the rows of `spans.jsonl` that `stream` holds: the latest end of its root spans, as text that sorts by
 * time; `undefined` where none of them ended. Reads line by line.
 */
async function latestRootEnd(stream: Readable, taskId: string): Promise<string | undefined> {
  let latest: string | undefined;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    // The cheap look first: most rows are no roots.
    if (!line.includes('"task"') || line.length > LINE_BYTES_MAX) continue;
    const end = rootEnd(line, taskId);
    if (end !== undefined && (latest === undefined || end > latest)) latest = end;
  }
  return latest;
}

/** The same of a file; `bytes` of it are read. */
export function rootEndInFile(path: string, bytes: number, taskId: string): Promise<string | undefined> {
  return bytes === 0 ? Promise.resolve(undefined) : latestRootEnd(createReadStream(path, { end: bytes - 1 }), taskId);
}

/** The same of an answer's body. */
export async function rootEndInResponse(response: Response, taskId: string): Promise<string | undefined> {
  if (response.body === null) return undefined;
  return latestRootEnd(Readable.fromWeb(response.body), taskId);
}

function rootEnd(line: string, taskId: string): string | undefined {
  try {
    const row = Object(JSON.parse(line)) as {
      readonly name?: unknown;
      readonly end_time?: unknown;
      readonly attributes?: { readonly data_id?: unknown } | null;
    };
    const isRoot = row.name === 'task' && row.attributes?.data_id === taskId;
    // One form for `Z` and `+00:00`, with and without a fraction: what is compared are the same digits at the same place.
    if (!isRoot || typeof row.end_time !== 'string') return undefined;
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?/.exec(row.end_time);
    return match === null ? undefined : `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}`;
  } catch {
    // A line that is no row.
    return undefined;
  }
}
