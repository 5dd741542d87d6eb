/** A source text with one thing changed. */
export interface Mutant {
  readonly kind: string;
  /** Line, what stood there, what stands there now. */
  readonly title: string;
  readonly text: string;
}

const OTHER_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '>': ['>=', '<', '<='],
  '<': ['<=', '>', '>='],
  '>=': ['>', '<', '<='],
  '<=': ['<', '>', '>='],
};

/** Two operands or arguments, each without commas of its own outside brackets of one level. */
const OPERAND = String.raw`(?:[^(),;=]|\([^()]*\))+?`;

/**
 * Every mutant of `source` that turns, drops or reorders one thing that the merge order rests on.
 *
 * Found by pattern on the text, comments and error texts apart, so that a comparison that is added later is mutated too.
 */
export function mutantsOf(source: string): Mutant[] {
  const code = withoutProse(source);
  const mutants: Mutant[] = [];
  const add = (kind: string, at: number, before: string, after: string): void => {
    const line = source.slice(0, at).split('\n').length;
    const title = `${kind}, line ${line}: ${oneLine(before)} -> ${oneLine(after)}`;
    mutants.push({ kind, title, text: source.slice(0, at) + after + source.slice(at + before.length) });
  };

  // a === b, a > b, … with every other operator that it could be confused with.
  for (const match of code.matchAll(/ (===|!==|>=|<=|>|<) /g)) {
    for (const operator of OTHER_OPERATORS[match[1] as string] as readonly string[]) {
      add('comparison', match.index, match[0], ` ${operator} `);
    }
  }
  // a - b as b - a, and each of the two alone.
  for (const match of code.matchAll(new RegExp(`(?<=(?:=|return) )(${OPERAND}) - (${OPERAND})(?=;)`, 'g'))) {
    const [whole, left, right] = match as unknown as [string, string, string];
    for (const after of [`${right} - ${left}`, left, `0 - ${right}`]) add('difference', match.index, whole, after);
  }
  const steps = [...code.matchAll(/ {2}const (\w+) = [^;]+;\n {2}if \(\1 !== 0\) return \1;\n/g)];
  for (const step of steps) {
    add('dropped step', step.index, step[0], '');
    add('reversed step', step.index, step[0], step[0].replace('return ', 'return -'));
  }
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next === undefined) continue;
    const between = source.slice(step.index + step[0].length, next.index);
    add('swapped steps', step.index, step[0] + between + next[0], next[0] + between + step[0]);
  }
  // The last step has no `if`: what it returns goes before the one above it.
  for (const match of code.matchAll(/ {2}return (compare\w+\(.+\));\n/g)) {
    const above = steps.filter((step) => step.index + step[0].length === match.index)[0];
    if (above === undefined) continue;
    const early = `  const early = ${match[1]};\n  if (early !== 0) return early;\n`;
    add('swapped steps', above.index, above[0] + match[0], `${early}${above[0]}  return 0;\n`);
    add('dropped step', match.index, match[0], '  return 0;\n');
  }
  // Numbers of a table, two by two.
  for (const table of code.matchAll(/= \{ (\w+: \d+, )+\w+: \d+ \}/g)) {
    const ranks = [...table[0].matchAll(/\d+/g)];
    for (const [index, rank] of ranks.entries()) {
      for (const other of ranks.slice(index + 1)) {
        const swapped = replaceAt(replaceAt(table[0], other.index, other[0], rank[0]), rank.index, rank[0], other[0]);
        add('rank', table.index, table[0], swapped);
      }
    }
  }
  for (const match of code.matchAll(/ \? ([^?:;]+) : ([^?:;]+)(?=;)/g)) {
    add('choice', match.index, match[0], ` ? ${match[2]} : ${match[1]}`);
  }
  for (const match of code.matchAll(/([\w.]+) \?\? ([\w.]+)/g)) {
    for (const after of [`${match[2]} ?? ${match[1]}`, match[1], match[2]])
      add('fallback', match.index, match[0], after as string);
  }
  for (const match of code.matchAll(new RegExp(`(?<!function )(compare\\w+)\\((${OPERAND}), (${OPERAND})\\)`, 'g'))) {
    add('swapped arguments', match.index, match[0], `${match[1]}(${match[3]}, ${match[2]})`);
  }
  // Each part of a text that is put together, left out; and each two neighbours, the other way round.
  for (const template of code.matchAll(/`[^`]+`/g)) {
    const parts = [...template[0].matchAll(/\$\{[^}]+\}/g)];
    for (const [index, part] of parts.entries()) {
      add('key part', template.index + part.index, part[0], '');
      const next = parts[index + 1];
      if (next === undefined) continue;
      const between = template[0].slice(part.index + part[0].length, next.index);
      add('key part', template.index + part.index, part[0] + between + next[0], next[0] + between + part[0]);
    }
  }
  for (const match of code.matchAll(/padStart\((\d+)/g)) {
    add('width', match.index, match[0], `padStart(${Number(match[1]) - 1}`);
  }
  return mutants;
}

/** `source` with comments and error texts blanked, every other character at its place. */
function withoutProse(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|throw new [\s\S]*?;\n/g, (prose) => prose.replaceAll(/[^\n]/g, ' '));
}

function replaceAt(text: string, at: number, before: string, after: string): string {
  return text.slice(0, at) + after + text.slice(at + before.length);
}

function oneLine(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  if (line === '') return '(nothing)';
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
