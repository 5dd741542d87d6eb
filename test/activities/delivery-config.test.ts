import { expect, it } from 'vitest';
import { createSpanActivities } from '../../src/activities/span-activities.js';
import { createSpanSinks } from '../../src/activities/span-sinks.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { deliveryConfig } from '../../src/activities/delivery-config.js';
import { EverspanConfigError } from '../../src/span/config-error.js';
import { DEFAULT_CONFIG } from '../../src/wire/default-config.js';

const pipeline = new SpanPipeline({ processors: [] });

it('a configuration says what is given, and what it leaves out as the protocol has it', () => {
  expect(deliveryConfig('it')).toEqual(DEFAULT_CONFIG);
  expect(deliveryConfig('it', { lingerMs: 5, closing: undefined } as never)).toEqual({ ...DEFAULT_CONFIG, lingerMs: 5 });
  expect(Object.keys(createSpanActivities({ pipeline }))).toEqual(['START_SPAN', 'END_SPAN']);
  expect(Object.keys(createSpanActivities({ pipeline, config: { lingerMs: 5 } }))).toHaveLength(3);
});

it.each([
  [{ config: { sink: true } }, 'has no option config.sink: there are closing, delivery'],
  [{ config: { lingerMS: 5 } }, 'has no option config.lingerMS: did you mean config.lingerMs?'],
  [{ config: { lingerMs: '5' } }, 'option config.lingerMs must be a number from 0 to 60000, got "5"'],
  [
    { config: { closing: 'never' } },
    'option config.closing must be one of auto, direct, activity, background, record, got "never"',
  ],
  [{ config: { hasSink: 1 } }, 'option config.hasSink must be true or false, got 1'],
  [{ config: null }, 'option config must be an object (of closing,'],
  [{ pipeline: undefined }, 'option pipeline must be a SpanPipeline, got undefined: make one'],
])('activities and sinks refuse options that are none: %j', (options, message) => {
  for (const make of [createSpanActivities, createSpanSinks]) {
    expect(() => make({ pipeline, ...options } as never)).toThrow(EverspanConfigError);
    expect(() => make({ pipeline, ...options } as never)).toThrow(`${make.name} ${message}`);
  }
});
