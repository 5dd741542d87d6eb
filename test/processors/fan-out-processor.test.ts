import { describe, expect, it } from 'vitest';
import { SpanDeliveryError } from '../../src/processors/errors.js';
import { FanOutProcessor } from '../../src/processors/fan-out-processor.js';
import type { ProcessorContext, SpanProcessor } from '../../src/processors/span-processor.js';
import type { Span } from '../../src/span/span.js';
import { closedSpan, openSpan, patientContext, spanIdOf } from './sample-span.js';
import { rejectionOf } from './sgp-test-processor.js';

class RecordingProcessor implements SpanProcessor {
  readonly calls: string[] = [];

  constructor(
    readonly name: string,
    readonly answer: (context: ProcessorContext | undefined) => Promise<void> | void = () => undefined,
  ) {}

  async start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    this.calls.push(`start ${spans.length}`);
    await this.answer(context);
  }

  end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    this.calls.push(`end ${spans.length}`);
    // Not async, so that what it throws is thrown at once.
    return Promise.resolve(this.answer(context));
  }

  async shutdown(): Promise<void> {
    this.calls.push('shutdown');
    await this.answer(undefined);
  }
}

function failing(name: string, error: Error): RecordingProcessor {
  return new RecordingProcessor(name, () => {
    throw error;
  });
}

describe('a fan-out', () => {
  it('hands every call to every processor', async () => {
    const processors = [new RecordingProcessor('a'), new RecordingProcessor('b')];
    const fanOut = new FanOutProcessor(processors);
    await fanOut.start([openSpan()], patientContext());
    await fanOut.end([closedSpan(), closedSpan()], patientContext());
    await fanOut.shutdown();
    for (const processor of processors) expect(processor.calls).toEqual(['start 1', 'end 2', 'shutdown']);
  });

  it('reaches those behind one that fails, in every call', async () => {
    const last = new RecordingProcessor('last');
    const fanOut = new FanOutProcessor([failing('first', new TypeError('broken')), last]);
    await rejectionOf(fanOut.start([openSpan()], patientContext()));
    await rejectionOf(fanOut.end([closedSpan()], patientContext()));
    await rejectionOf(fanOut.shutdown());
    expect(last.calls).toEqual(['start 1', 'end 1', 'shutdown']);
  });

  it('tells all failures in one error', async () => {
    const refused = new SpanDeliveryError('REJECTED', 'sgp', 'refused 1', { rejectedSpanIds: [spanIdOf(1)] });
    const broken = new TypeError('with a secret');
    const fanOut = new FanOutProcessor([failing('sgp', refused), new RecordingProcessor('fine'), failing('mine', broken)]);
    const error = await rejectionOf(fanOut.end([closedSpan()], patientContext()));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      processor: 'fan-out',
      rejectedSpanIds: [spanIdOf(1)],
      message: '2 of 3 processors did not take the batch: sgp: REJECTED refused 1; mine: threw',
      cause: { errors: [refused, broken] },
    });
  });

  it.each([
    [['REJECTED', 'REJECTED'], 'REJECTED'],
    [['REJECTED', 'ABORTED'], 'ABORTED'],
    [['REJECTED', 'ABORTED', 'UNAVAILABLE'], 'UNAVAILABLE'],
  ] as const)('of %j is %s: the whole deserves another try if a part does', async (codes, expected) => {
    const fanOut = new FanOutProcessor(codes.map((code) => failing(code, new SpanDeliveryError(code, code, code))));
    expect(await rejectionOf(fanOut.end([closedSpan()], patientContext()))).toMatchObject({ code: expected });
  });

  it('is not kept by one that hangs once the caller gives up', async () => {
    const fine = new RecordingProcessor('fine');
    const hanging = new RecordingProcessor('hanging', () => new Promise(() => undefined));
    const caller = new AbortController();
    const ending = rejectionOf(new FanOutProcessor([hanging, fine]).end([closedSpan()], { signal: caller.signal }));
    expect(fine.calls).toEqual(['end 1']);
    caller.abort();
    expect(await ending).toMatchObject({ code: 'ABORTED', message: expect.stringContaining('hanging: ABORTED') });
  });

  it('of none is refused, since it would lose every span', () => {
    expect(() => new FanOutProcessor([])).toThrow('needs at least one processor');
  });
});
