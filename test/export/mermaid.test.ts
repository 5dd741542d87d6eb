import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMermaid } from '../../src/export/mermaid.js';
import { validSpans } from '../span/arbitraries.js';
import { GREET, TRACE } from '../testing/sample-trace.js';

const TASK = /^ {4}·+ [^:;,#%{}<>"`\\\n]+ :(?:(?:crit|active|done|milestone), )*s\d+, \d+, \d+ms$/;
const SECTION = /^ {4}section [^:;,#%{}<>"`\\\n]+$/;

describe('a Mermaid chart', () => {
  it('has a bar for each span, in the order of the tree', () => {
    expect(toMermaid(TRACE)).toBe(
      [
        'gantt',
        '    dateFormat x',
        '    axisFormat %H:%M:%S.%L',
        '    section greet',
        '    · greet :done, s0, 1000000, 120ms',
        '    ·· compose :done, s1, 1000010, 80ms',
        '    ··· attempt 1 :crit, s2, 1000010, 30ms',
        '    ··· attempt 2 :done, s3, 1000060, 30ms',
        '    ·· wait :active, s4, 1000090, 30ms',
        '',
      ].join('\n'),
    );
  });

  it('keeps to the grammar, whatever names hold', () => {
    fc.assert(
      fc.property(fc.array(validSpans, { maxLength: 6 }), (spans) => {
        const lines = toMermaid(spans).split('\n').slice(3, -1);
        for (const line of lines) expect(SECTION.test(line) || TASK.test(line) ? undefined : line).toBeUndefined();
      }),
    );
  });

  it.each(['section one', 'title: x', 'done', '%% comment', 'a:b,c;d#e'])(
    'does not take the name %j for its own words',
    (name) => {
      const task = toMermaid([{ ...GREET, name }]).split('\n')[4];
      expect(task).toMatch(TASK);
    },
  );

  it('draws 200 spans, and counts what it leaves out', () => {
    const many = Array.from({ length: 260 }, () => GREET);
    const lines = toMermaid(many).trimEnd().split('\n');
    expect(lines.filter((line) => TASK.test(line))).toHaveLength(200);
    expect(lines.at(-1)).toBe('    %% 60 more spans are left out');
    expect(toMermaid(many, { spansMax: 260 })).not.toContain('%%');
  });
});
