import { canonicalJson } from '../span/canonical-json.js';
import type { Span } from '../span/span.js';
import { chooseTrace } from './choose-trace.js';
import { TraceAssertionError } from './errors.js';
import { asExpectedSpan, describeExpected, fieldProblems, hasExpectedName, type SpanPattern } from './expected-span.js';
import { formatTrace } from '../export/format-trace.js';
import { listProblems, type MatchTreeOptions, treeProblems } from './match-tree.js';
import { buildSpanTrees, type SpanNode } from '../export/span-tree.js';

/** Where the spans are: an `InMemoryProcessor`, or anything else that has them. */
export interface SpanSource {
  spans(): readonly Span[];
  /** All events received; with them `toHaveNoDuplicates` sees ENDs that disagree. */
  events?(): readonly Span[];
}

/**
 * Assertions about one trace. Each throws an error that shows the trace as a tree, so it works in every test runner; each
 * returns the same object, so they chain.
 *
 * ```ts
 * const memory = new InMemoryProcessor();
 * // … run the workflow with `new EverspanPlugin({ processors: [memory] })` …
 * expectTrace(memory)
 *   .toBeClosed()
 *   .toMatchTree({ name: 'workflow greet', status: 'OK', children: ['activity compose', { name: /^timer/, status: 'OK' }] });
 * ```
 *
 * A span's name begins with what it is: `workflow greet`, `activity compose`, `attempt compose`; its `type` is that alone. `formatTrace(memory.spans())`
 * shows them.
 *
 * @param source - Looked at once, now: wait for the spans before (`memory.waitFor`).
 * @param which - The id of a trace, or of a workflow that ran in it; may be left out when there is only one trace. (Each signal, query or update of a client
 *   outside of a trace makes one of its own.)
 * @throws TraceAssertionError when there is no such trace, or several and none is named; the message lists what may be named.
 */
export function expectTrace(source: SpanSource | readonly Span[], which?: string): TraceExpectation {
  const spans = 'spans' in source ? source.spans() : source;
  const events = 'spans' in source ? (source.events?.() ?? []) : [];
  const chosen = chooseTrace(spans, which);
  if ('problem' in chosen) throw failure(expectTrace, chosen.problem, chosen.choices, spans);
  const isOfTrace = (span: Span): boolean => span.traceId === chosen.traceId;
  return new TraceExpectation(spans.filter(isOfTrace), events.filter(isOfTrace));
}

/** See `expectTrace`. */
export class TraceExpectation {
  readonly #spans: readonly Span[];
  readonly #events: readonly Span[];
  readonly #roots: readonly SpanNode[];

  constructor(spans: readonly Span[], events: readonly Span[]) {
    this.#spans = spans;
    this.#events = events;
    this.#roots = buildSpanTrees(spans);
  }

  /** Every span has ended. */
  toBeClosed(): this {
    const open = this.#spans.filter((span) => span.endTime === undefined).map((span) => `${span.type} "${span.name}" is open`);
    return this.#expectNone(open, `${open.length} of ${this.#spans.length} spans are open`, 'toBeClosed');
  }

  /** The spans listed are there, anywhere in the trace, each another one. There may be more. */
  toHaveSpans(expected: readonly SpanPattern[]): this {
    const missing = listProblems(flatten(this.#roots), expected, { allowOthers: true }, '', 'anywhere');
    return this.#expectNone(missing, 'the trace lacks spans', 'toHaveSpans');
  }

  /**
   * Somewhere in the trace is a span that looks like `expected`, with all of its children. A list stands for the whole trace: its roots.
   *
   * @param options - Children may come in any order, and no others than those listed, unless it says otherwise.
   */
  toMatchTree(expected: SpanPattern | readonly SpanPattern[], options: MatchTreeOptions = {}): this {
    const problems = isList(expected) ? listProblems(this.#roots, expected, options) : this.#problemsOfBest(expected, options);
    return this.#expectNone(problems, 'the trace does not match the tree', 'toMatchTree');
  }

  /**
   * Every span is there once, and where the source has events: no two ENDs of a span disagree, the delivering process apart.
   * (An END that is delivered twice is no duplicate. A reset run or a failed workflow task may send an END anew.)
   */
  toHaveNoDuplicates(): this {
    const problems = [...repeatedIds(this.#spans), ...rivalEnds(this.#events)];
    return this.#expectNone(problems, 'the trace has duplicates', 'toHaveNoDuplicates');
  }

  #expectNone(problems: readonly string[], summary: string, asserting: Assertion): this {
    if (problems.length === 0) return this;
    // The method is not called: the stack is cut where it stands.
    throw failure(this[asserting], summary, problems, this.#spans);
  }

  #problemsOfBest(pattern: SpanPattern, options: MatchTreeOptions): string[] {
    const expected = asExpectedSpan(pattern);
    const named = flatten(this.#roots).filter((node) => hasExpectedName(node.span, expected));
    if (named.length === 0) return [`there is no ${describeExpected(expected)}`];
    // Of those that do not match, the one that differs least by itself was probably meant, then the one whose tree does.
    let best: { own: number; problems: string[] } | undefined;
    for (const node of named) {
      const problems = treeProblems(node, expected, options);
      if (problems.length === 0) return [];
      const own = fieldProblems(node.span, expected).length;
      if (best === undefined || own < best.own || (own === best.own && problems.length < best.problems.length))
        best = { own, problems };
    }
    return best?.problems ?? [];
  }
}

type Assertion = 'toBeClosed' | 'toHaveSpans' | 'toMatchTree' | 'toHaveNoDuplicates';

function isList(expected: SpanPattern | readonly SpanPattern[]): expected is readonly SpanPattern[] {
  return Array.isArray(expected);
}

function flatten(nodes: readonly SpanNode[]): SpanNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}

function repeatedIds(spans: readonly Span[]): string[] {
  const counts = new Map<string, number>();
  for (const span of spans) counts.set(span.spanId, (counts.get(span.spanId) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([spanId, count]) => `span ${spanId} is there ${count} times`);
}

function rivalEnds(events: readonly Span[]): string[] {
  const endsById = new Map<string, Map<string, Span>>();
  for (const event of events) {
    if (event.endTime === undefined) continue;
    // The same END delivered by another process names that process: still the same END.
    const text = canonicalJson({ ...event, resource: undefined });
    endsById.set(event.spanId, (endsById.get(event.spanId) ?? new Map<string, Span>()).set(text, event));
  }
  return [...endsById.values()]
    .map((ends) => [...ends.values()])
    .filter((ends) => ends.length > 1)
    .map((ends) => {
      const first = ends[0] as Span;
      const said = ends.map((end) => `${end.status} at ${end.endTime}`).join(', ');
      return `${first.type} "${first.name}" (${first.spanId}) was closed by ${ends.length} ENDs that disagree: ${said}`;
    });
}

function failure(
  asserting: (...inputs: never[]) => unknown,
  summary: string,
  problems: readonly string[],
  spans: readonly Span[],
): Error {
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  const error = new TraceAssertionError(`${summary}${list}\n\n${formatTrace(spans)}`);
  // The stack begins at the line of the test, not here.
  Error.captureStackTrace(error, asserting);
  return error;
}
