import { hash } from 'node:crypto';
import { canonicalJson } from '../span/canonical-json.js';
import type { SpanRow } from './span-row.js';

/** What the merge law asks of a row. */
export type RankedRow = Pick<SpanRow, 'mergeRank' | 'body'>;

/**
 * Whether `row` takes the place of `known`, a row of the same span: what `compareSpans` says of their events, bit by bit.
 *
 * The digests are made here and not with each row, since nearly all events differ by their ranks, or are the same to the letter.
 */
export function prevails(row: RankedRow, known: RankedRow): boolean {
  if (row.mergeRank !== known.mergeRank) return row.mergeRank > known.mergeRank;
  return row.body !== known.body && contentDigest(row.body) > contentDigest(known.body);
}

/** The bits that `mergeKey` finds itself in pure code; Node's own SHA-256 is many times faster. */
function contentDigest(body: string): string {
  return hash('sha256', canonicalJson(JSON.parse(body)), 'hex').slice(0, 32);
}
