import { describe, expect, expectTypeOf, it } from 'vitest';
import { createActivityInterceptor } from '../../src/interceptors/activity-interceptor.js';
import { withSpan } from '../../src/interceptors/activity-with-span.js';
import { traceActivities } from '../../src/interceptors/trace-activities.js';
import { writeTemporalHeaders } from '../../src/interceptors/trace-carrier.js';
import { activityEnvironment } from '../helpers/activity-environment.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';

const RUN_ID = '0197f2a0-1111-7222-8333-444455556666';
const INFO = { activityType: 'greet', activityId: '4', workflowExecution: { workflowId: 'w', runId: RUN_ID } };

class Greeter {
  greeted = 0;
  readonly #greeting: string;
  readonly later = async (name: string) => `${this.#greeting} later, ${name}`;

  constructor(greeting: string) {
    this.#greeting = greeting;
  }

  async greet(name: string, _mood?: string): Promise<string> {
    this.greeted += 1;
    return `${this.#greeting} ${name}`;
  }
}

class LoudGreeter extends Greeter {
  override async greet(name: string): Promise<string> {
    return (await super.greet(name)).toUpperCase();
  }
}

describe('traceActivities', () => {
  it('keeps types, names, lengths, own properties, this, fields and private members', async () => {
    const recorder = new SpanRecorder();
    const greeter = new LoudGreeter('hello');
    const traced = traceActivities(greeter, { pipeline: recorder });
    expectTypeOf(traced).toEqualTypeOf<LoudGreeter>();
    expect(traced).toBeInstanceOf(LoudGreeter);
    expect([traced.greet.name, traced.greet.length, traced.later.length]).toEqual(['greet', 1, 1]);
    expect(await traced.greet('you')).toBe('HELLO YOU');
    expect(await traced.later('you')).toBe('hello later, you');
    expect([greeter.greeted, traced.greeted]).toEqual([1, 1]);
    traced.greeted = 7;
    expect(greeter.greeted).toBe(7);
    expect(Object.keys(traced)).toEqual(Object.keys(greeter));

    const greet = Object.assign(async (_name: string) => 'hi', { activityDefinitionOptions: { typeInfo: 1 } });
    const functions = traceActivities(Object.freeze({ greet, limit: 5 }), { pipeline: recorder });
    expect(functions.greet.activityDefinitionOptions).toEqual({ typeInfo: 1 });
    expect(functions.limit).toBe(5);
    expect(recorder.events).toEqual([]);
  });

  it('makes one span an attempt, in a trace that all activities of a run share', async () => {
    const recorder = new SpanRecorder();
    const traced = traceActivities(new Greeter('hello'), { pipeline: recorder, captureActivityIo: true });
    await activityEnvironment({ ...INFO, attempt: 1 }).run(traced.greet.bind(traced), 'you');
    await activityEnvironment({ ...INFO, attempt: 2 }).run(traced.greet.bind(traced), 'you');
    await activityEnvironment({ ...INFO, activityId: '5' }).run(traced.later, 'you');
    const [first, second, third] = recorder.ended;
    expect(first).toMatchObject({ name: 'attempt greet', status: 'OK', input: ['you'], output: 'hello you' });
    expect(new Set([first?.traceId, second?.traceId, third?.traceId]).size).toBe(1);
    expect(new Set([first?.spanId, second?.spanId, third?.spanId]).size).toBe(3);
    // The time in a UUIDv7 run id is the time in the trace id.
    expect(first?.traceId.slice(0, 12)).toBe('0197f2a01111');
    expect(first?.parentId).toBeUndefined();
  });

  it('is the parent of withSpan', async () => {
    const recorder = new SpanRecorder();
    const traced = traceActivities({ greet: () => withSpan('inner', async () => 1) }, { pipeline: recorder });
    await activityEnvironment(INFO).run(traced.greet);
    expect(recorder.end('inner').parentId).toBe(recorder.end('attempt greet').spanId);
  });

  it('adds nothing where the interceptor traces already, or when applied twice', async () => {
    const recorder = new SpanRecorder();
    const once = traceActivities({ greet: async () => 1 }, { pipeline: recorder });
    const twice = traceActivities(once, { pipeline: recorder });
    expect(twice.greet).toBe(once.greet);
    await activityEnvironment(INFO).run(twice.greet);
    expect(recorder.ended).toHaveLength(1);

    const headers = writeTemporalHeaders({}, { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isSampled: true });
    await activityEnvironment(INFO, headers, [createActivityInterceptor({ pipeline: recorder })]).run(twice.greet);
    expect(recorder.ended).toHaveLength(2);
    expect(recorder.ended[1]?.traceId).toBe(TRACE_ID);

    const unsampled = writeTemporalHeaders({}, { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isSampled: false });
    await activityEnvironment(INFO, unsampled, [createActivityInterceptor({ pipeline: recorder })]).run(twice.greet);
    expect(recorder.ended).toHaveLength(2);
  });

  it('makes no span of runs that are sampled out', async () => {
    const recorder = new SpanRecorder();
    const traced = traceActivities({ greet: async () => 1 }, { pipeline: recorder, sampleRatio: 0 });
    expect(await activityEnvironment(INFO).run(traced.greet)).toBe(1);
    expect(recorder.events).toEqual([]);
  });

  it('calls a wrapped function as it is outside of an activity, synchronous ones too', () => {
    const traced = traceActivities({ add: (a: number, b: number) => a + b }, { pipeline: new SpanRecorder() });
    expect(traced.add(1, 2)).toBe(3);
  });

  it('lets what the activity throws through', async () => {
    const recorder = new SpanRecorder();
    const error = new RangeError('no');
    const traced = traceActivities({ greet: () => Promise.reject(error) }, { pipeline: recorder });
    await expect(activityEnvironment(INFO).run(traced.greet)).rejects.toBe(error);
    expect(recorder.end('attempt greet')).toMatchObject({ status: 'ERROR', statusMessage: 'no' });
  });
});
