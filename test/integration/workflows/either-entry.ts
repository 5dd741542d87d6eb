import { withSpan as ofTheWrongEntry } from 'everspan';
import { withSpan } from '../../../src/workflow.js';

/** Spans by both entries, one in the other. */
export async function eitherEntry(): Promise<string> {
  return ofTheWrongEntry('outer', () => withSpan('inner', async () => 'done'));
}
