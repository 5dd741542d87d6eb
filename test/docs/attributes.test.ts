import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ATTRIBUTE = /'((?:temporal|everspan|error|exception)\.[a-z_.]+)'/g;

test('every attribute that the sources name stands in docs/attributes.md', () => {
  const page = readFileSync(`${root}/docs/attributes.md`, 'utf8');
  const paths = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const sources = paths.map((path) => readFileSync(`${root}/src/${path}`, 'utf8'));
  const names = new Set(sources.flatMap((source) => [...source.matchAll(ATTRIBUTE)].map(([, name]) => name as string)));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
