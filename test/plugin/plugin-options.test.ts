import { describe, expect, it } from 'vitest';
import { EverspanPlugin } from '../../src/plugin.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { JsonlProcessor } from '../../src/processors/jsonl-processor.js';
import { EverspanConfigError } from '../../src/span/config-error.js';
import { MemoryOperationStore } from '../../src/state/memory-operation-store.js';

const memory = new InMemoryProcessor();
const store = new MemoryOperationStore();

function refusalOf(options: unknown): EverspanConfigError {
  let taken: EverspanPlugin;
  try {
    taken = new EverspanPlugin(options as never);
  } catch (error) {
    expect(error).toBeInstanceOf(EverspanConfigError);
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    return error as EverspanConfigError;
  }
  throw new TypeError(`the options were taken by ${taken.name}`);
}

describe('an option that there is not is refused, with the one that was meant where one is near:', () => {
  it.each([
    [{ sampelRatio: 0.5 }, 'everspan has no option sampelRatio: did you mean sampleRatio?'],
    [{ processor: memory }, 'everspan has no option processor: did you mean processors?'],
    [{ artefacts: { serverr: 'http://h' } }, 'everspan has no option artefacts.serverr: did you mean artefacts.server?'],
    [{ artefacts: { redaction: { names: ['a'] } } }, 'everspan has no option artefacts.redaction: there are enabled, folder,'],
    [
      { operations: { store, watchDog: 'elsewhere' } },
      'everspan has no option operations.watchDog: did you mean operations.watchdog?',
    ],
    [{ watchdog: { queue: 'q' } }, 'everspan has no option watchdog.queue: there are taskQueue'],
    [{ redaction: { keys: ['apiKey'] } }, 'redaction has no option keys: there are names, patterns, replacement'],
  ])('%j', (options, message) => {
    expect(refusalOf({ processors: [memory], ...options }).message).toContain(message);
  });

  it('recordIO, which is near none, so that all are listed', () => {
    const { message } = refusalOf({ recordIO: true });
    expect(message).toContain('everspan has no option recordIO: there are processors, mode,');
    expect(message).toContain('captureActivityIo');
  });
});

describe('what is no object of options is refused:', () => {
  it.each([
    ['x', 'got text'],
    [null, 'got null'],
    [[], 'got an empty list'],
    [EverspanPlugin, 'got the class EverspanPlugin'],
  ])('%o', (options, got) => {
    expect(refusalOf(options).message).toMatch(/^everspan: the options must be an object \(of processors, mode, /);
    expect(refusalOf(options).message).toContain(got);
  });

  it.each(['artefacts', 'operations', 'watchdog', 'redaction', 'logger', 'meter', 'resource', 'openSpans'])(
    '%s of null',
    (name) => {
      expect(refusalOf({ processors: [memory], [name]: null }).message).toMatch(new RegExp(`${name}.* must be .*, got null`));
    },
  );
});

describe('a value that the option does not take is shown so that it can be told from what it takes:', () => {
  it.each([
    [{ sampleRatio: '0.5' }, 'everspan option sampleRatio must be a number from 0 to 1, got "0.5"'],
    [{ sampleRatio: Number.NaN }, 'everspan option sampleRatio must be a number from 0 to 1, got NaN'],
    [{ mode: true }, 'everspan option mode must be one of on, off, got true'],
    [{ serviceName: 7 }, 'everspan option serviceName must be text, got 7'],
    [{ spanTaskQueue: '' }, 'everspan option spanTaskQueue must be the name of a task queue, got ""'],
    [{ logger: {} }, 'everspan option logger must be a logger with a method warn(), got an object'],
    [
      { meter: new Date() },
      "everspan option meter must be Temporal's metric meter with a method createCounter(), got an object of class Date",
    ],
    [{ operations: {} }, 'everspan option operations.store must be an operation store, got undefined'],
    [{ processors: [] }, 'everspan option processors must be a list of at least one processor, got an empty list'],
    [{ processors: memory }, 'must be a list of at least one processor, got an object of class InMemoryProcessor'],
    [
      { processors: [JsonlProcessor] },
      'everspan option processors must be processors with a method start(), got the class JsonlProcessor: make one, as in new JsonlProcessor(…)',
    ],
    [{ processors: [undefined] }, 'everspan option processors must be processors with a method start(), got undefined'],
  ])('%o', (options, message) => {
    expect(refusalOf(options).message).toContain(message);
  });
});

it('two processors of one name are refused, with what to do', () => {
  const { message } = refusalOf({ processors: [new InMemoryProcessor(), new InMemoryProcessor()] });
  expect(message).toBe(
    'everspan option processors must be processors of different names, got two that are named "in-memory": ' +
      'give one of them another, as in new …Processor({ …, name: "in-memory-2" })',
  );
});

it.each([undefined, '', 3])('a processor whose name is %o is refused', (name) => {
  const nameless = { name, start: async () => {}, end: async () => {}, shutdown: async () => {} };
  expect(refusalOf({ processors: [nameless] }).message).toContain('must be processors with a name');
});

it('options that are set to undefined are as good as absent, known or not', () => {
  const options = {
    processors: [memory],
    logger: undefined,
    sampleRatio: undefined,
    operations: undefined,
    artefacts: { server: undefined },
    ofAnEmbedder: undefined,
  };
  expect(() => new EverspanPlugin(options as never)).not.toThrow();
});
