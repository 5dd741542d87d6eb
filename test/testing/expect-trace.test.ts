import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { expectTrace, InMemoryProcessor, type SpanPattern, TraceAssertionError } from '../../src/testing.js';
import type { Span } from '../../src/span/span.js';
import { CLOSED_TRACE, COMPOSE, GREET, TRACE, WAIT } from './sample-trace.js';

const CONTEXT = { signal: new AbortController().signal };

function errorOf(assertion: () => unknown): Error | undefined {
  try {
    assertion();
    return undefined;
  } catch (error) {
    assert(error instanceof TraceAssertionError);
    return error;
  }
}

/** The message up to the printed tree, of what `assertion` throws. */
function complaintOf(assertion: () => unknown): string {
  const message = errorOf(assertion)?.message ?? 'nothing thrown';
  return (message.split('\n\n')[0] as string).replaceAll('\n  - ', '\n');
}

describe('expecting a tree', () => {
  it.each<[string, SpanPattern | readonly SpanPattern[]]>([
    ['a name', 'greet'],
    ['a pattern', /^gre/],
    ['a span in the middle', 'compose'],
    ['children in any order', { name: 'greet', children: ['wait', 'compose'] }],
    ['no children', { name: 'wait', children: [] }],
    ['attributes, some of them', { attributes: { 'temporal.workflow.id': /^greet-\d$/ } }],
    [
      'everything',
      {
        name: 'compose',
        type: 'activity',
        kind: 'INTERNAL',
        status: 'OK',
        children: [{ name: 'attempt 1', status: 'ERROR', statusMessage: /route/ }, 'attempt 2'],
      },
    ],
    ['a span that fits two, beside one that fits one', { name: 'compose', children: [/attempt/, 'attempt 1'] }],
    ['the same the other way round', { name: 'compose', children: [/attempt/g, 'attempt 2'] }],
    ['the whole trace', [{ name: 'greet', children: ['compose', 'wait'] }]],
  ])('passes for %s', (_what, expected) => {
    expect(complaintOf(() => expectTrace(CLOSED_TRACE).toMatchTree(expected))).toBe('nothing thrown');
  });

  it.each<[SpanPattern | readonly SpanPattern[], string]>([
    ['gone', 'there is no "gone"'],
    [{ name: 'greet', status: 'ERROR' }, 'greet: status is "OK", expected "ERROR"'],
    [{ name: 'greet', children: ['compose'] }, 'under greet: timer "wait" is not expected'],
    [{ name: 'greet', children: ['compose', 'wait', 'more'] }, 'under greet: no "more"'],
    [
      { name: 'greet', children: ['wait', { name: 'compose', type: 'timer' }] },
      'greet > compose: type is "activity", expected "timer"',
    ],
    [{ name: 'compose', children: [/attempt/, /attempt/, /attempt/] }, 'under compose: no /attempt/'],
    [{ name: 'wait', attributes: { a: 1 } }, 'wait: attribute a is absent, expected 1'],
    [{ name: 'wait', statusMessage: /x/ }, 'wait: status message is absent, expected /x/'],
    [{ name: 'greet', children: [{ type: 'nexus', status: 'OK' }, 'wait', 'compose'] }, 'under greet: no nexus OK'],
    [[], 'at the top: workflow "greet" is not expected'],
    [['greet', 'compose'], 'at the top: no "compose"'],
  ])('fails for %j with the reason', (expected, reason) => {
    expect(complaintOf(() => expectTrace(CLOSED_TRACE).toMatchTree(expected))).toBe(
      `the trace does not match the tree\n${reason}`,
    );
  });

  it('keeps to the order given when it is asked to', () => {
    const inOrder = { name: 'greet', children: ['compose', 'wait'] };
    const turned = { name: 'greet', children: ['wait', 'compose'] };
    expectTrace(TRACE).toMatchTree(inOrder, { ordered: true });
    expect(complaintOf(() => expectTrace(TRACE).toMatchTree(turned, { ordered: true }))).toContain(
      'under greet: "compose" is not in the order given',
    );
    expectTrace(TRACE).toMatchTree(turned);
  });

  it('lets others be there when it is asked to, at every level', () => {
    const some = { name: 'greet', children: [{ name: 'compose', children: ['attempt 2'] }] };
    expectTrace(TRACE).toMatchTree(some, { allowOthers: true });
    expectTrace(TRACE).toMatchTree(some, { allowOthers: true, ordered: true });
    expect(complaintOf(() => expectTrace(TRACE).toMatchTree(some))).not.toBe('nothing thrown');
  });

  it('finds the one span that matches among several of its name', () => {
    const other = { ...COMPOSE, spanId: 'f'.repeat(16), status: 'CANCELED' as const };
    expect(
      complaintOf(() => expectTrace([...TRACE, other]).toMatchTree({ name: 'compose', status: 'CANCELED', children: [] })),
    ).toBe('nothing thrown');
    expect(
      complaintOf(() => expectTrace([...TRACE, other]).toMatchTree({ name: 'compose', children: ['attempt 1', 'attempt 2'] })),
    ).toBe('nothing thrown');
  });
});

describe('expecting spans', () => {
  it('passes when each has a span of its own', () => {
    expect(complaintOf(() => expectTrace(TRACE).toHaveSpans(['greet', /attempt/, /attempt/, { type: 'timer' }]))).toBe(
      'nothing thrown',
    );
    expect(complaintOf(() => expectTrace(TRACE).toHaveSpans([]))).toBe('nothing thrown');
  });

  it('names those that are missing', () => {
    expect(complaintOf(() => expectTrace(TRACE).toHaveSpans(['greet', 'greet', /attempt/, 'gone']))).toBe(
      'the trace lacks spans\nanywhere: no "greet"\nanywhere: no "gone"',
    );
  });
});

describe('expecting a closed trace', () => {
  it('passes when all are closed and names those that are not', () => {
    expectTrace(CLOSED_TRACE).toBeClosed();
    expect(complaintOf(() => expectTrace(TRACE).toBeClosed())).toBe('1 of 5 spans are open\ntimer "wait" is open');
  });
});

describe('expecting no duplicates', () => {
  it('takes an END that came twice, from another process too', async () => {
    const memory = new InMemoryProcessor();
    const { endTime: _endTime, ...open } = GREET;
    await memory.start([{ ...open, status: 'RUNNING' }], CONTEXT);
    await memory.end([GREET], CONTEXT);
    await memory.end([{ ...GREET, resource: { 'process.pid': 1 } }], CONTEXT);
    expect(complaintOf(() => expectTrace(memory).toHaveNoDuplicates())).toBe('nothing thrown');
  });

  it('refuses ENDs that disagree', async () => {
    const memory = new InMemoryProcessor();
    await memory.end([GREET], CONTEXT);
    await memory.end([{ ...GREET, endTime: 7, status: 'ERROR' }], CONTEXT);
    expect(complaintOf(() => expectTrace(memory).toHaveNoDuplicates())).toBe(
      `the trace has duplicates\nworkflow "greet" (${GREET.spanId}) was closed by 2 ENDs that disagree: OK at ${GREET.endTime}, ERROR at 7`,
    );
  });

  it('refuses a list with a span twice', () => {
    expectTrace(TRACE).toHaveNoDuplicates();
    expect(complaintOf(() => expectTrace([...TRACE, GREET]).toHaveNoDuplicates())).toBe(
      `the trace has duplicates\nspan ${GREET.spanId} is there 2 times`,
    );
  });
});

describe('the trace that is meant', () => {
  const other = { ...GREET, traceId: '1'.repeat(32), name: 'other' };

  it('is the only one, or the one that is named', async () => {
    const memory = new InMemoryProcessor();
    await memory.end([GREET], CONTEXT);
    expect(complaintOf(() => expectTrace(memory).toMatchTree(['greet']))).toBe('nothing thrown');
    await memory.end([other], CONTEXT);
    expect(complaintOf(() => expectTrace(memory, other.traceId).toMatchTree(['other']))).toBe('nothing thrown');
  });

  it('may be named by the id of a workflow that ran in it', () => {
    const signal: Span = {
      ...COMPOSE,
      traceId: '2'.repeat(32),
      name: 'signal approve',
      type: 'client_signal',
      attributes: GREET.attributes,
    };
    expect(complaintOf(() => expectTrace([signal, ...CLOSED_TRACE], 'greet-7').toMatchTree('greet'))).toBe('nothing thrown');
    expect(complaintOf(() => expectTrace([GREET, other], 'greet-7'))).toBe(
      `workflow greet-7 ran in 2 traces, name one by its id\n"${GREET.traceId}" or "greet-7": greet, 1 span\n"${other.traceId}" or "greet-7": other, 1 span`,
    );
  });

  it('has to be named when there are two, and to be there; the message lists what may be named', () => {
    const choices = `\n"${GREET.traceId}" or "greet-7": greet, 5 spans\n"${other.traceId}" or "greet-7": other, 1 span`;
    expect(complaintOf(() => expectTrace([...TRACE, other]))).toBe(
      `there are 2 traces, say which is meant: expectTrace(source, which), by the id of the trace or of a workflow that ran in it${choices}`,
    );
    expect(complaintOf(() => expectTrace([GREET], 'order-1'))).toBe(
      `there is no trace order-1, and no workflow of that id ran in one\n"${GREET.traceId}" or "greet-7": greet, 1 span`,
    );
    expect(complaintOf(() => expectTrace(new InMemoryProcessor()))).toBe('there are no spans');
  });

  it('has spans that are named as the example says', () => {
    const named = [
      { ...GREET, name: 'workflow greet' },
      { ...COMPOSE, name: 'activity compose' },
      { ...WAIT, endTime: WAIT.startTime, status: 'OK' as const, name: 'timer 1s' },
    ];
    expect(
      complaintOf(() =>
        expectTrace(named)
          .toBeClosed()
          .toMatchTree({
            name: 'workflow greet',
            status: 'OK',
            children: ['activity compose', { name: /^timer/, status: 'OK' }],
          }),
      ),
    ).toBe('nothing thrown');
  });
});

describe('a failed expectation', () => {
  it('is thrown at once, as a plain error: runners that take it for one of Node would show values that it does not have', () => {
    assert.throws(() => expectTrace(TRACE).toBeClosed(), {
      name: 'TraceAssertionError',
      code: 'TRACE_MISMATCH',
      message: /1 of 5 spans are open/,
    });
    assert.doesNotThrow(() =>
      expectTrace(CLOSED_TRACE).toBeClosed().toHaveNoDuplicates().toHaveSpans(['greet']).toMatchTree('greet'),
    );
  });

  it('shows the trace', () => {
    assert.throws(() => expectTrace(TRACE).toBeClosed(), /└─ wait +timer +RUNNING/);
  });

  it('points at the line of the test', () => {
    const stack = errorOf(() => expectTrace(TRACE).toBeClosed())?.stack ?? '';
    expect(stack.split('\n').find((line) => line.startsWith('    at '))).toContain('expect-trace.test.ts');
  });

  it('takes a regular expression of another realm, as Jest makes them', () => {
    const foreign = runInNewContext('/^gre/') as RegExp;
    expect(foreign instanceof RegExp).toBe(false);
    expectTrace(TRACE).toMatchTree({ name: foreign }).toHaveSpans([foreign]);
    expect(complaintOf(() => expectTrace(TRACE).toMatchTree(runInNewContext('/^x/') as RegExp))).toContain('there is no /^x/');
  });

  it('needs no test framework: nothing of one is imported', () => {
    const folder = new URL('../../src/testing/', import.meta.url);
    const files = readdirSync(folder).map((file) => new URL(file, folder));
    const specifiers = [...files, new URL('../testing.ts', folder)].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1] as string),
    );
    expect(specifiers.length).toBeGreaterThan(10);
    expect(specifiers.filter((specifier) => !specifier.startsWith('.'))).toEqual([]);
  });
});
