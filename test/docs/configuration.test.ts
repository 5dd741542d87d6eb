import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { resolveOptions } from '../../src/plugin/plugin-options.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/configuration.md`, 'utf8');
/** Option to the cells of its row: type, default, what it does. */
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` +\|(.*)\|$/gm)].map(([, option = '', cells = '']) => [
    option,
    cells.split('|').map((cell) => cell.trim()),
  ]),
);

test('every option of the plugin has a row in docs/configuration.md', () => {
  const options = namesIn('src/plugin/plugin-options.ts', 'EverspanOptions');
  expect(options.length).toBeGreaterThan(20);
  expect(options.filter((option) => !rows.has(option))).toEqual([]);
});

test('the rows say the defaults that options have', () => {
  const defaults = Object.entries(resolveOptions({})).filter(([, value]) => value !== undefined);
  expect(defaults.length).toBeGreaterThan(10);
  const texts = defaults.map(([option, value]) => [
    option,
    `\`${typeof value === 'number' ? value.toLocaleString('en').replaceAll(',', '_') : String(value)}\``,
  ]);
  expect(texts.map(([option = '']) => [option, rows.get(option)?.[1]])).toEqual(texts);
});

test.each([
  ['src/plugin/plugin-options.ts', 'OperationsOptions'],
  ['src/plugin/plugin-options.ts', 'WatchdogWorkerOptions'],
  ['src/artefacts/artefact-options.ts', 'ArtefactOptions'],
  ['src/processors/sgp-item.ts', 'SgpAgent'],
  ['src/processors/sgp-processor.ts', 'SgpProcessorOptions'],
  ['src/processors/otel-processor.ts', 'OtelProcessorOptions'],
  ['src/processors/jsonl-processor.ts', 'JsonlProcessorOptions'],
  ['src/processors/store-processor.ts', 'StoreProcessorOptions'],
  ['src/processors/redaction.ts', 'RedactionRules'],
])('the options that %s gives %s stand on the page', (path, type) => {
  const names = namesIn(path, type);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
});

/** The members of an interface, from its source. */
function namesIn(path: string, type: string): string[] {
  const source = readFileSync(`${root}/${path}`, 'utf8');
  const body = new RegExp(`^export interface ${type}\\b[^{]*\\{\\n([^]*?)^\\}`, 'm').exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name as string);
}
