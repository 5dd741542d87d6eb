import { describe, expect, test } from 'vitest';
import { importsOf } from './imports.js';
import { layerViolations } from './layer-rules.js';
import { entriesOf, reachabilityViolations } from './reachability.js';
import type { SourceFile } from './source-file.js';
import {
  anyViolations,
  bareErrorViolations,
  determinismViolations,
  exemptionViolations,
  exportViolations,
  lengthViolations,
  nameViolations,
} from './text-rules.js';
import { wordingViolations } from './wording-rules.js';

type Rule = (file: SourceFile) => string[];

const BAD: readonly (readonly [Rule, path: string, text: string])[] = [
  [layerViolations, 'src/span/a.ts', "import { x } from '../wire/x.js';"],
  [layerViolations, 'src/span/a.ts', "import type { X } from '../wire/x.js';"],
  [layerViolations, 'src/span/a.ts', "export { x } from '../wire/x.js';"],
  [layerViolations, 'src/span/a.ts', "import {\n  x,\n  y,\n} from '../wire/x.js';"],
  [layerViolations, 'src/span/a.ts', "const x = await import('../wire/x.js');"],
  [layerViolations, 'src/span/a.ts', "import '../wire/x.js';"],
  [layerViolations, 'src/span/a.ts', "import { v7 } from 'uuid';"],
  [layerViolations, 'src/workflows/a.ts', "import { createHash } from 'node:crypto';"],
  [layerViolations, 'src/workflows/a.ts', "import { readFileSync } from 'fs';"],
  [layerViolations, 'src/workflows/a.ts', "import { x } from '../processors/x.js';"],
  [layerViolations, 'src/workflows/a.ts', "import { Worker } from '@temporalio/worker';"],
  [layerViolations, 'src/interceptors/workflow-inbound.ts', "import { x } from './activity-inbound.js';"],
  [layerViolations, 'src/interceptors/workflow-inbound.ts', "import { hostname } from 'node:os';"],
  [layerViolations, 'src/workflow.ts', "import { x } from './activities/x.js';"],
  [layerViolations, 'src/processors/a.ts', "import { x } from '../activities/x.js';"],
  [layerViolations, 'src/processors/a.ts', "import { x } from '../index.js';"],
  [layerViolations, 'src/processors/a.ts', "import { readFileSync } from 'fs';"],
  [layerViolations, 'src/activities/a.ts', "import { x } from '../server/x.js';"],
  [layerViolations, 'src/client/a.ts', "import { x } from '../span/x.js';"],
  [layerViolations, 'src/elsewhere/a.ts', ''],
  [lengthViolations, 'src/span/a.ts', 'x\n'.repeat(401)],
  [nameViolations, 'src/span/mergeSpan.ts', ''],
  [nameViolations, 'src/span/merge_span.ts', ''],
  [nameViolations, 'src/span/span-utils.ts', ''],
  [nameViolations, 'src/span/span-manager.ts', ''],
  [exportViolations, 'src/index.ts', "export * from './span/span.js';"],
  [exportViolations, 'src/index.ts', 'export default class Span {}'],
  [exportViolations, 'src/index.ts', 'export { Span as default };'],
  [bareErrorViolations, 'src/span/a.ts', "throw new Error('no');"],
  [bareErrorViolations, 'src/span/a.ts', "reject(new TypeError('no'));"],
  [bareErrorViolations, 'src/span/a.ts', "throw Error('no');"],
  [exemptionViolations, 'src/span/a.ts', '// oxlint-disable-next-line typescript/no-explicit-any'],
  [exemptionViolations, 'src/span/a.ts', '/* eslint-disable */'],
  [exemptionViolations, 'src/span/a.ts', '// @ts-expect-error'],
  [anyViolations, 'src/span/a.ts', 'let x: any;'],
  [anyViolations, 'src/span/a.ts', 'const x = y as any;'],
  [anyViolations, 'src/span/a.ts', 'const x: Promise<any[]> = y;'],
  [anyViolations, 'src/span/a.ts', 'type X = any;'],
  [anyViolations, 'src/span/a.ts', 'type X = (a: string) => any;'],
  [determinismViolations, 'src/workflows/a.ts', 'const id = Math.random();'],
  [determinismViolations, 'src/interceptors/workflow-inbound.ts', 'const id = uuid4();'],
  [determinismViolations, 'src/span/a.ts', 'const now = Date.now();'],
  [wordingViolations, 'README.md', 'Written in the last session.'],
  [wordingViolations, 'src/span/a.ts', '// see #12'],
  [wordingViolations, 'src/span/a.ts', '// As the brief says.'],
  [wordingViolations, 'test/a.test.ts', "const path = '/work/shared';"],
  [wordingViolations, '.npmrc', 'registry=https://registry.npmjs.org/'],
];

const GOOD: readonly (readonly [Rule, path: string, text: string])[] = [
  [layerViolations, 'src/span/a.ts', "import { x } from './b.js';"],
  [layerViolations, 'src/workflows/a.ts', "import { x } from '../wire/x.js';\nimport { sleep } from '@temporalio/workflow';"],
  [layerViolations, 'src/interceptors/workflow-inbound.ts', "import { x } from './workflow-outbound.js';"],
  [
    layerViolations,
    'src/interceptors/activity-inbound.ts',
    "import { hostname } from 'node:os';\nimport { x } from '../activities/x.js';",
  ],
  [layerViolations, 'src/index.ts', "export { x } from './plugin.js';\nexport { y } from './span/y.js';"],
  [lengthViolations, 'src/span/a.ts', 'x\n'.repeat(400)],
  [lengthViolations, 'docs/a.md', 'x\n'.repeat(401)],
  [nameViolations, 'src/span/merge-span.ts', ''],
  [nameViolations, 'test/span/merge-span.test.ts', ''],
  [nameViolations, 'src/interceptors/context-manager.ts', ''],
  [
    layerViolations,
    'src/interceptors/workflow-client-interceptor.ts',
    "import { x } from './client-call.js';\nimport { y } from 'node:os';",
  ],
  [exportViolations, 'src/index.ts', "export { mergeSpan } from './span/merge-span.js';"],
  [exportViolations, 'vitest.config.ts', 'export default defineConfig({});'],
  [bareErrorViolations, 'src/span/a.ts', 'throw new InvalidSpanError(code, text);'],
  [bareErrorViolations, 'test/a.test.ts', "throw new Error('down');"],
  [exemptionViolations, 'src/span/a.ts', '// oxlint-disable-next-line typescript/no-explicit-any -- the SDK types it so'],
  [exemptionViolations, 'src/span/a.ts', '// @ts-expect-error the SDK hides it'],
  [anyViolations, 'src/span/a.ts', '// any: of any kind\nconst any = list.any(1);\nconst text = "a: any";'],
  [anyViolations, 'src/span/a.ts', '// oxlint-disable-next-line typescript/no-explicit-any -- the SDK types it so\nlet x: any;'],
  [determinismViolations, 'src/processors/a.ts', 'const jitter = Math.random();'],
  [determinismViolations, 'src/workflows/a.ts', '// Never Math.random().\nconst now = Date.now();'],
  [
    wordingViolations,
    'src/span/a.ts',
    "// temporalio/sdk-typescript#1677, https://github.com/a/b/issues/12#issuecomment-12\nconst colour = '#333';",
  ],
];

describe('a rule complains about', () => {
  test.each(BAD.map(([rule, path, text]) => [rule.name, path, text.slice(0, 60), rule, text] as const))(
    '%s: %s with %j',
    (_name, path, _start, rule, text) => {
      expect(rule({ path, text })).toHaveLength(1);
    },
  );
});

describe('a rule is content with', () => {
  test.each(GOOD.map(([rule, path, text]) => [rule.name, path, text.slice(0, 60), rule, text] as const))(
    '%s: %s with %j',
    (_name, path, _start, rule, text) => {
      expect(rule({ path, text })).toEqual([]);
    },
  );
});

test('each rule has a bad example', () => {
  const rules = new Set(BAD.map(([rule]) => rule));
  expect([...new Set(GOOD.map(([rule]) => rule))].filter((rule) => !rules.has(rule))).toEqual([]);
});

test('imports are found in every form and resolved to sources', () => {
  const text =
    "import a, { b } from './b.js';\nexport type { C } from '../c.js';\n// import { d } from './d.js';\nimport 'node:fs';";
  expect(importsOf({ path: 'src/x/a.ts', text })).toEqual(['src/x/b.ts', 'src/c.ts', 'node:fs']);
});

test('a source that no entry leads to, and an entry without a source, are found', () => {
  const files = [
    { path: 'src/index.ts', text: "export { a } from './a.js';\nconst url = new URL('./b.js', import.meta.url);" },
    { path: 'src/a.ts', text: '' },
    { path: 'src/b.ts', text: '' },
    { path: 'src/lost.ts', text: "import { a } from './a.js';" },
  ];
  const entries = entriesOf({
    exports: { '.': { default: './dist/index.js' }, './gone': { default: './dist/gone.js' }, './package.json': './package.json' },
  });
  expect(reachabilityViolations(files, entries)).toEqual([
    'src/gone.ts: an entry of package.json without a source',
    'src/lost.ts: no entry of package.json leads to it',
  ]);
});
