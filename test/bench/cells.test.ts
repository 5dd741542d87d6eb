import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CellStore, pairsOf } from '../../bench/cells.mjs';

test('a later run goes on with what an earlier one has saved', () => {
  const folder = temporaryFolder();
  saveOneRound(new CellStore(folder, 'quick', 'same'));
  expect(new CellStore(folder, 'quick', 'same').find('one', 'untraced')?.rounds).toEqual({ 0: { value: 7, executions: 1 } });
});

test('what measured something else, or in the other mode, is not gone on with', () => {
  const folder = temporaryFolder();
  saveOneRound(new CellStore(folder, 'quick', 'old'));
  expect(new CellStore(folder, 'quick', 'new').size).toBe(0);
  expect(new CellStore(folder, 'full', 'old').size).toBe(0);
});

test('clearing forgets one mode for ever, and leaves the other', () => {
  const folder = temporaryFolder();
  saveOneRound(new CellStore(folder, 'full', 'same'));
  const quick = new CellStore(folder, 'quick', 'same');
  saveOneRound(quick);
  quick.clear();
  expect(quick.size).toBe(0);
  expect(new CellStore(folder, 'quick', 'same').size).toBe(0);
  expect(new CellStore(folder, 'full', 'same').size).toBe(1);
});

test('only rounds that both were in make a pair', () => {
  const store = new CellStore(temporaryFolder(), 'quick', 'same');
  const [cell, base] = [store.get('one', 'otel-v1'), store.get('one', 'untraced')];
  cell.rounds = { 0: sample(10), 4: sample(14) };
  base.rounds = { 0: sample(5), 1: sample(6), 4: sample(7) };
  expect(pairsOf(cell, base).map((pair) => pair.sample.value / pair.base.value)).toEqual([2, 2]);
  expect(pairsOf(undefined, base)).toEqual([]);
});

function saveOneRound(store: CellStore): void {
  const cell = store.get('one', 'untraced');
  cell.rounds[0] = sample(7);
  store.save(cell);
}

function sample(value: number) {
  return { value, executions: 1 };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
