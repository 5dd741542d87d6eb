import {
  asExpectedSpan,
  describeExpected,
  type ExpectedSpan,
  fieldProblems,
  hasExpectedName,
  type SpanPattern,
} from './expected-span.js';
import type { SpanNode } from '../export/span-tree.js';

export interface MatchTreeOptions {
  /** Whether children must come in the order given, by start time. Left out: any order. */
  readonly ordered?: boolean;
  /** Whether spans may have children that are not listed. Left out: no. */
  readonly allowOthers?: boolean;
}

/** What of the tree at `node` is not as expected: one line each, with the path to it; empty when all is. */
export function treeProblems(node: SpanNode, expected: ExpectedSpan, options: MatchTreeOptions, path = ''): string[] {
  const here = path === '' ? node.span.name : `${path} > ${node.span.name}`;
  const problems = fieldProblems(node.span, expected).map((problem) => `${here}: ${problem}`);
  if (expected.children === undefined) return problems;
  return [...problems, ...listProblems(node.children, expected.children, options, here)];
}

/** As `treeProblems`, of several trees side by side: the children of `path`, or all roots where it is empty. */
export function listProblems(
  nodes: readonly SpanNode[],
  patterns: readonly SpanPattern[],
  options: MatchTreeOptions,
  path = '',
  where = path === '' ? 'at the top' : `under ${path}`,
): string[] {
  const expectations = patterns.map(asExpectedSpan);
  const partners =
    options.ordered === true ? pairInOrder(nodes, expectations, options) : pairInAnyOrder(nodes, expectations, options);
  const taken = new Set(partners);
  const free = nodes.filter((_, index) => !taken.has(index));
  const problems: string[] = [];
  for (const [index, expected] of expectations.entries()) {
    if (partners[index] !== undefined) continue;
    // A span that was probably meant says more than that none fits.
    const meantIndex = free.findIndex((node) => hasExpectedName(node.span, expected));
    const meant = meantIndex === -1 ? undefined : free.splice(meantIndex, 1)[0];
    const why = meant === undefined ? [] : treeProblems(meant, expected, options, path);
    if (meant === undefined) problems.push(`${where}: no ${describeExpected(expected)}`);
    else if (why.length > 0) problems.push(...why);
    else problems.push(`${where}: ${describeExpected(expected)} is not in the order given`);
  }
  if (options.allowOthers !== true)
    for (const node of free) problems.push(`${where}: ${node.span.type} "${node.span.name}" is not expected`);
  return problems;
}

/**
 * For each expectation the index of a node of its own that fits, as many as can be had.
 *
 * A node that fits two expectations goes to the one that has no other: an expectation that finds its node taken asks the taker
 * to look elsewhere first (augmenting paths).
 */
function pairInAnyOrder(
  nodes: readonly SpanNode[],
  expectations: readonly ExpectedSpan[],
  options: MatchTreeOptions,
): (number | undefined)[] {
  const fitting = expectations.map((expected) =>
    nodes.flatMap((node, index) => (treeProblems(node, expected, options).length === 0 ? [index] : [])),
  );
  const takerOf = new Map<number, number>();
  const place = (expectation: number, asked: Set<number>): boolean => {
    for (const index of fitting[expectation] as number[]) {
      if (asked.has(index)) continue;
      asked.add(index);
      const taker = takerOf.get(index);
      if (taker === undefined || place(taker, asked)) {
        takerOf.set(index, expectation);
        return true;
      }
    }
    return false;
  };
  for (const expectation of expectations.keys()) place(expectation, new Set());
  const partners: (number | undefined)[] = expectations.map(() => undefined);
  for (const [index, expectation] of takerOf) partners[expectation] = index;
  return partners;
}

/** As above, but each node lies behind the one before; the first that fits leaves most room for those that follow. */
function pairInOrder(
  nodes: readonly SpanNode[],
  expectations: readonly ExpectedSpan[],
  options: MatchTreeOptions,
): (number | undefined)[] {
  let from = 0;
  return expectations.map((expected) => {
    const index = nodes.findIndex((node, at) => at >= from && treeProblems(node, expected, options).length === 0);
    if (index === -1) return undefined;
    from = index + 1;
    return index;
  });
}
