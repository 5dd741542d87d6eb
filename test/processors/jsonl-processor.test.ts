import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JsonlProcessor } from '../../src/processors/jsonl-processor.js';
import { parseJsonlRow } from '../../src/wire/parse-jsonl-row.js';
import type { Span } from '../../src/span/span.js';
import { startNode } from './child-process.js';
import { builtProcessors } from './built-processors.js';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf } from './sample-span.js';
import { rejectionOf } from './sgp-test-processor.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everspan-jsonl-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function spansIn(path: string): Promise<Span[]> {
  return (await linesIn(path)).map(parseJsonlRow);
}

async function linesIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

// What every open file is made of: the prototype of FileHandle is not exported.
async function fileHandlePrototype(): Promise<{ datasync(): Promise<void>; write(...args: unknown[]): Promise<unknown> }> {
  const file = await open(folder);
  await file.close();
  return Object.getPrototypeOf(file) as Awaited<ReturnType<typeof fileHandlePrototype>>;
}

describe('the file', () => {
  it('is one for each process, in a folder that is made', async () => {
    const processor = new JsonlProcessor({ folder: join(folder, 'deep', 'er') });
    await processor.end([closedSpan()], patientContext());
    await processor.shutdown();
    expect(processor.path).toBe(join(folder, 'deep', 'er', `spans-${hostname()}-${process.pid}.jsonl`));
    expect(await spansIn(processor.path)).toEqual([closedSpan()]);
  });

  it('has the STARTs and the ENDs in the order of the calls', async () => {
    const processor = new JsonlProcessor({ folder });
    await processor.start(spansOf(2, openSpan), patientContext());
    await processor.end(spansOf(2, closedSpan), patientContext());
    await processor.shutdown();
    expect(await spansIn(processor.path)).toEqual([...spansOf(2, openSpan), ...spansOf(2, closedSpan)]);
  });

  it('has no STARTs where they are not wanted', async () => {
    const processor = new JsonlProcessor({ folder, openSpans: false });
    await processor.start([openSpan()], patientContext());
    await processor.end([closedSpan()], patientContext());
    await processor.shutdown();
    expect(await spansIn(processor.path)).toEqual([closedSpan()]);
  });

  it('goes on where an earlier process of that name ended', async () => {
    for (const ordinal of [1, 2]) {
      const processor = new JsonlProcessor({ folder, fileName: 'spans.jsonl' });
      await processor.end([closedSpan({ spanId: spanIdOf(ordinal) })], patientContext());
      await processor.shutdown();
    }
    expect((await spansIn(join(folder, 'spans.jsonl'))).map((span) => span.spanId)).toEqual([spanIdOf(1), spanIdOf(2)]);
    expect(await readFile(join(folder, 'spans.jsonl'), 'utf8')).not.toContain('\n\n');
  });

  it('goes on on a fresh line after one that a crash has torn', async () => {
    const path = join(folder, 'spans.jsonl');
    await writeFile(path, '{"name":"agent tu');
    const processor = new JsonlProcessor({ folder, fileName: 'spans.jsonl' });
    await processor.end([closedSpan()], patientContext());
    await processor.shutdown();
    const [torn, whole] = await linesIn(path);
    expect(torn).toBe('{"name":"agent tu');
    expect(parseJsonlRow(whole ?? '')).toEqual(closedSpan());
  });

  it.each(['', '.', '..', '../elsewhere.jsonl', 'a/b', 'a\\b'])('is not named %j', (fileName) => {
    expect(() => new JsonlProcessor({ folder, fileName })).toThrow('fileName must be the name of a file');
  });
});

describe('a batch', () => {
  it('resolves when it has been synced, not before', async () => {
    const events: string[] = [];
    const prototype = await fileHandlePrototype();
    const { datasync } = prototype;
    vi.spyOn(prototype, 'datasync').mockImplementation(async function (this: unknown) {
      await Reflect.apply(datasync, this, []);
      events.push('synced');
    });
    const processor = new JsonlProcessor({ folder });
    await processor.end([closedSpan()], patientContext());
    events.push('resolved');
    await processor.shutdown();
    expect(events).toEqual(['synced', 'resolved']);
  });

  it('shares one write and one sync with those that came while another was synced', async () => {
    const prototype = await fileHandlePrototype();
    const write = vi.spyOn(prototype, 'write');
    const datasync = vi.spyOn(prototype, 'datasync');
    const processor = new JsonlProcessor({ folder });
    const first = processor.end([closedSpan()], patientContext());
    // The first round has begun by now: what comes next waits for the second.
    await vi.waitUntil(() => write.mock.calls.length === 1, { interval: 1 });
    const others = spansOf(50, closedSpan).map((span) => processor.end([span], patientContext()));
    await Promise.all([first, ...others]);
    expect(write).toHaveBeenCalledTimes(2);
    expect(datasync).toHaveBeenCalledTimes(2);
    await processor.shutdown();
    expect(await spansIn(processor.path)).toHaveLength(51);
  });

  it('of calls made in one turn is one write and one sync', async () => {
    const prototype = await fileHandlePrototype();
    const datasync = vi.spyOn(prototype, 'datasync');
    const processor = new JsonlProcessor({ folder });
    await Promise.all(spansOf(20, closedSpan).map((span) => processor.end([span], patientContext())));
    expect(datasync).toHaveBeenCalledTimes(1);
    await processor.shutdown();
    expect(await spansIn(processor.path)).toHaveLength(20);
  });

  it('of none makes no file', async () => {
    const processor = new JsonlProcessor({ folder });
    await processor.end([], patientContext());
    await processor.shutdown();
    await expect(readFile(processor.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a caller who gave up before its turn is not written', async () => {
    const processor = new JsonlProcessor({ folder });
    const caller = new AbortController();
    const kept = processor.end([closedSpan()], patientContext());
    const dropped = rejectionOf(processor.end([closedSpan({ spanId: spanIdOf(2) })], { signal: caller.signal }));
    caller.abort();
    expect(await dropped).toMatchObject({ code: 'ABORTED', processor: 'jsonl' });
    await kept;
    await processor.shutdown();
    expect(await spansIn(processor.path)).toEqual([closedSpan()]);
  });

  it('that cannot be written is unavailable, and the next one can be when the disk is back', async () => {
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, 'a file where the folder should be');
    const processor = new JsonlProcessor({ folder: blocked });
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/1 spans not written: E[A-Z]+$/) });
    await rm(blocked);
    await processor.end([closedSpan()], patientContext());
    await processor.shutdown();
    expect(await spansIn(processor.path)).toEqual([closedSpan()]);
  });

  it('whose sync fails is unavailable for all that shared it, and the file is opened anew', async () => {
    const prototype = await fileHandlePrototype();
    const failure = Object.assign(new TypeError('disk'), { code: 'EIO' });
    vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(failure);
    const processor = new JsonlProcessor({ folder });
    const errors = await Promise.all(spansOf(3, closedSpan).map((span) => rejectionOf(processor.end([span], patientContext()))));
    for (const error of errors) expect(error).toMatchObject({ code: 'UNAVAILABLE', cause: failure });
    // The failed write has left half a line.
    await appendFile(processor.path, '{"half');
    await processor.end([closedSpan()], patientContext());
    await processor.shutdown();
    expect(parseJsonlRow((await linesIn(processor.path)).at(-1) ?? '')).toEqual(closedSpan());
  });

  it('with a span that is none writes the others', async () => {
    const processor = new JsonlProcessor({ folder });
    const broken = { ...closedSpan({ spanId: spanIdOf(2) }), startTime: Number.NaN } as Span;
    const error = await rejectionOf(processor.end([broken, closedSpan()], patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(2)] });
    await processor.shutdown();
    expect(await spansIn(processor.path)).toEqual([closedSpan()]);
  });

  it('that comes after shutdown is refused; what came before is written', async () => {
    const processor = new JsonlProcessor({ folder });
    const before = processor.end([closedSpan()], patientContext());
    await processor.shutdown();
    await before;
    expect(await rejectionOf(processor.end([closedSpan()], patientContext()))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await spansIn(processor.path)).toHaveLength(1);
  });
});

// Writes spans for ever and tells each that has been answered.
const WRITE_FOR_EVER = `
const [path, folder, span] = process.argv.slice(1);
const { JsonlProcessor } = await import(path);
const processor = new JsonlProcessor({ folder, fileName: 'spans.jsonl' });
const { signal } = new AbortController();
for (let ordinal = 1; ; ordinal += 1) {
  const spanId = ordinal.toString(16).padStart(16, '0');
  await processor.end([{ ...JSON.parse(span), spanId }], { signal });
  console.log(spanId);
}
`;

it('every batch that was answered before SIGKILL is in the file', async () => {
  const compiled = builtProcessors;
  const child = startNode(['--input-type=module', '-e', WRITE_FOR_EVER, compiled, folder, JSON.stringify(closedSpan())]);
  const answered: string[] = [];
  while (answered.length < 50) answered.push(await child.nextLine());
  child.process.kill('SIGKILL');
  await child.exit();
  const path = join(folder, 'spans.jsonl');
  const processor = new JsonlProcessor({ folder, fileName: 'spans.jsonl' });
  await processor.end([closedSpan({ spanId: 'ffffffffffffffff' })], patientContext());
  await processor.shutdown();
  const written = (await linesIn(path)).flatMap((line) => {
    try {
      return [parseJsonlRow(line).spanId];
    } catch {
      // The one line that the kill may have torn.
      return [];
    }
  });
  expect(written).toEqual(expect.arrayContaining([...answered, 'ffffffffffffffff']));
});
