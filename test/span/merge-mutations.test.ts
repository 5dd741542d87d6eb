import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import * as mergeSpanModule from '../../src/span/merge-span.js';
import { brokenLaws, type MergeModule } from './merge-laws.js';
import { mutantsOf } from './merge-mutants.js';

const SOURCE_FOLDER = new URL('../../src/span/', import.meta.url);
const source = readFileSync(new URL('merge-span.ts', SOURCE_FOLDER), 'utf8');
const mutants = mutantsOf(source);

/** Only so that a hang ends. */
const DEADLINE_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'everspan-mutants-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function load(text: string, name: string): Promise<MergeModule> {
  const path = join(folder, `${name}.ts`);
  // A mutant lies elsewhere and imports what the original imports.
  writeFileSync(
    path,
    text.replaceAll(/from '\.\/(.+)\.js'/g, (_all, file: string) => `from '${new URL(`${file}.ts`, SOURCE_FOLDER).pathname}'`),
  );
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as MergeModule;
}

describe('the merge law', () => {
  it('holds for mergeSpan', () => {
    expect(brokenLaws(mergeSpanModule)).toEqual([]);
  });

  it('holds for its source text, loaded the way the mutants are', async () => {
    expect(brokenLaws(await load(source, 'original'))).toEqual([]);
  });

  it('is mutated in every comparison, every step and every part of the key', () => {
    const kinds = new Map<string, number>();
    for (const { kind } of mutants) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    // At least so many of each, so that a pattern that no longer finds its place is noticed.
    const least = {
      comparison: 12,
      difference: 10,
      'dropped step': 4,
      'reversed step': 4,
      'swapped steps': 4,
      rank: 3,
      choice: 2,
      fallback: 1,
      'swapped arguments': 2,
      'key part': 5,
      width: 1,
    };
    const tooFew = Object.entries(least).filter(([kind, count]) => (kinds.get(kind) ?? 0) < count);
    expect(tooFew).toEqual([]);
    expect(new Set(mutants.map(({ text }) => text)).size).toBe(mutants.length);
  });

  it.each(mutants.map((mutant, index) => [mutant.title, mutant, index] as const))(
    'is broken by %s',
    { timeout: DEADLINE_MS },
    async (_title, mutant, index) => {
      const merge = await load(mutant.text, `mutant-${index}`);
      expect(brokenLaws(merge)).not.toEqual([]);
    },
  );
});
