import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { mergeSpan } from 'everspan';
import { parseJsonlRow } from 'everspan/processors';

/** @typedef {import('everspan').Span} Span */
/** @typedef {{ span: Span, openedBy?: number, closedBy?: number }} SeenSpan */

/**
 * Every span in the JSONL files of `folder`, merged, with the process that told of its start and the one that told of its end.
 *
 * @param {string} folder
 * @returns {SeenSpan[]}
 */
export function readSpans(folder) {
  /** @type {Map<string, SeenSpan>} */
  const seen = new Map();
  if (!existsSync(folder)) return [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const span = toSpan(line);
      if (span === undefined) continue;
      const known = seen.get(span.spanId);
      const pid = Number(span.resource['process.pid']);
      seen.set(span.spanId, {
        ...known,
        span: mergeSpan(known?.span, span),
        ...(span.endTime === undefined ? { openedBy: pid } : { closedBy: pid }),
      });
    }
  }
  return [...seen.values()];
}

/**
 * Waits until the spans in `folder` are as wanted.
 *
 * @param {string} folder
 * @param {(spans: readonly SeenSpan[]) => boolean} areSo
 * @returns {Promise<void>}
 */
export async function waitForSpans(folder, areSo) {
  const watcher = watch(folder);
  try {
    await new Promise((resolve) => {
      const look = () => {
        if (areSo(readSpans(folder))) resolve(undefined);
      };
      watcher.on('change', look);
      look();
    });
  } finally {
    watcher.close();
  }
}

/**
 * @param {string} line
 * @returns {Span | undefined}
 */
function toSpan(line) {
  if (line === '') return undefined;
  try {
    return parseJsonlRow(line);
  } catch {
    // A killed process may have left half a line.
    return undefined;
  }
}
