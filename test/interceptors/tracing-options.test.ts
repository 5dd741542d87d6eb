import { expect, it } from 'vitest';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { createActivityInterceptor } from '../../src/interceptors/activity-interceptor.js';
import { createClientInterceptors } from '../../src/interceptors/client-interceptor.js';
import { createNexusInterceptor } from '../../src/interceptors/nexus-interceptor.js';
import { traceActivities } from '../../src/interceptors/trace-activities.js';
import { EverspanConfigError } from '../../src/span/config-error.js';

const activities = { greet: async () => 'hello' };
const remedy = ': make one, as in new SpanPipeline({ processors: […] })';

it.each([
  [
    () => createActivityInterceptor({} as never),
    `createActivityInterceptor option pipeline must be a SpanPipeline, got undefined${remedy}`,
  ],
  [() => createActivityInterceptor(undefined as never), 'createActivityInterceptor: the options must be an object'],
  [
    () => createNexusInterceptor({} as never),
    `createNexusInterceptor option pipeline must be a SpanPipeline, got undefined${remedy}`,
  ],
  [() => traceActivities(activities, undefined as never), 'traceActivities: the options must be an object'],
  [
    () => traceActivities(activities, {} as never),
    `traceActivities option pipeline must be a SpanPipeline, got undefined${remedy}`,
  ],
  [
    () => traceActivities(null as never, { pipeline: new SpanPipeline({ processors: [] }) }),
    'must be an object of functions, got null',
  ],
  [() => createClientInterceptors(undefined as never), 'createClientInterceptors: the options must be an object'],
  [
    () => createClientInterceptors({ pipelin: 1 } as never),
    'createClientInterceptors has no option pipelin: did you mean pipeline?',
  ],
  [
    () => createClientInterceptors({ pipeline: [] } as never),
    `option pipeline must be a SpanPipeline, got an empty list${remedy}`,
  ],
  [
    () => createClientInterceptors({ sampleRatio: 2 }),
    'createClientInterceptors option sampleRatio must be a number from 0 to 1, got 2',
  ],
  [() => new SpanPipeline({} as never), 'SpanPipeline option processors must be a list of at least one processor, got undefined'],
  [() => new SpanPipeline(undefined as never), 'SpanPipeline: the options must be an object'],
  [
    () => new SpanPipeline({ processors: [], logger: {} as never }),
    'SpanPipeline option logger must be a logger with a method warn(), got an object',
  ],
])('what is set up without plugins refuses options that it cannot trace with: %s', (make, message) => {
  expect(make).toThrow(EverspanConfigError);
  expect(make).toThrow(message);
});

it('interceptors of a client need no pipeline: without one calls carry context alone', () => {
  expect(() => createClientInterceptors({})).not.toThrow();
  expect(() => createClientInterceptors({ pipeline: undefined } as never)).not.toThrow();
});
