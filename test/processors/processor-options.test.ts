import { describe, expect, it } from 'vitest';
import { FanOutProcessor } from '../../src/processors/fan-out-processor.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { JsonlProcessor } from '../../src/processors/jsonl-processor.js';
import { OtelProcessor } from '../../src/processors/otel-processor.js';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { StoreProcessor } from '../../src/processors/store-processor.js';
import type { SpanProcessor } from '../../src/processors/span-processor.js';

const exporter = { export: () => {}, shutdown: async () => {} };
const sgp = { apiKey: 'k', accountId: 'a' };

/** Each processor: its class, options that it takes, its name by kind. */
const KINDS: [string, (options: object) => SpanProcessor, object, string][] = [
  ['JsonlProcessor', (options) => new JsonlProcessor(options as never), { folder: 'spans' }, 'jsonl'],
  ['OtelProcessor', (options) => new OtelProcessor(options as never), { exporter }, 'otel'],
  ['SgpProcessor', (options) => new SgpProcessor(options as never), sgp, 'sgp'],
  ['StoreProcessor', (options) => new StoreProcessor(options as never), { store: 'spans.db' }, 'store'],
  ['InMemoryProcessor', (options) => new InMemoryProcessor(options as never), {}, 'in-memory'],
  ['FanOutProcessor', (options) => new FanOutProcessor([new InMemoryProcessor()], options as never), {}, 'fan-out'],
];

describe.each(KINDS)('%s', (className, make, options, byKind) => {
  it('is named by its kind, or as it is told', () => {
    expect(make({ ...options, name: undefined }).name).toBe(byKind);
    expect(make({ ...options, name: 'mine' }).name).toBe('mine');
    expect(() => make({ ...options, name: '' })).toThrow(`${className} option name must be a text that is not empty, got ""`);
  });

  it('refuses options that it does not have', () => {
    const refused = expect.objectContaining({ name: 'ProcessorOptionsError', code: 'INVALID_OPTION', option: 'nname' });
    expect(() => make({ ...options, nname: 'mine' })).toThrow(refused);
    expect(() => make({ ...options, nname: 'mine' })).toThrow(`${className} has no option nname: did you mean name?`);
    expect(() => make({ ...options, nname: undefined })).not.toThrow();
    expect(() => make(null as never)).toThrow(`${className}: the options must be an object (of `);
  });
});

it.each([
  [
    () => new JsonlProcessor({ dir: 'spans' } as never),
    'JsonlProcessor has no option dir: there are folder, fileName, openSpans, name',
  ],
  [() => new JsonlProcessor({} as never), 'JsonlProcessor option folder must be the path of a folder, got undefined'],
  [
    () => new JsonlProcessor({ folder: 'f', openSpans: 'no' } as never),
    'JsonlProcessor option openSpans must be true or false, got "no"',
  ],
  [
    () => new OtelProcessor(undefined as never),
    'OtelProcessor: the options must be an object (of exporter, exportOpenSpans, name), got undefined',
  ],
  [() => new OtelProcessor({ exporter: InMemoryProcessor } as never), 'with a method export(), got the class InMemoryProcessor'],
  [
    () => new StoreProcessor({ store: {} } as never),
    'StoreProcessor option store must be an open span store, or where one is, got an object',
  ],
  [() => new FanOutProcessor([JsonlProcessor] as never), 'got the class JsonlProcessor: make one, as in new JsonlProcessor(…)'],
  [
    () => new FanOutProcessor(new InMemoryProcessor() as never),
    'must be a list of at least one processor, got an object of class InMemoryProcessor',
  ],
  [
    () => new SgpProcessor({ ...sgp, startWrite: 'update' as never }),
    'SgpProcessor option startWrite must be one of insert, upsert, got "update"',
  ],
])('options of the wrong shape are refused with what is wanted and what was given: %s', (make, message) => {
  expect(make).toThrow(expect.objectContaining({ name: 'ProcessorOptionsError' }));
  expect(make).toThrow(message);
});
