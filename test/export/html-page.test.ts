import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { toHtml } from '../../src/export/html-page.js';
import type { Span } from '../../src/span/span.js';
import { GREET, TRACE } from '../testing/sample-trace.js';
import { FakePage } from './fake-page.js';

const page = (spans: readonly Span[]): string => [...toHtml(spans)].join('');

/** Runs the page's own script on a small stand-in for a browser's document. */
function open(html: string): FakePage {
  const opened = new FakePage(/<script type="application\/json" id="trace">([^]*?)<\/script>/.exec(html)?.[1] as string);
  const script = /<script>([^]*?)<\/script>/.exec(html)?.[1] as string;
  runInContext(script, createContext({ document: opened.document, addEventListener: () => undefined }));
  return opened;
}

describe('the HTML page', () => {
  it('needs nothing from elsewhere, and forbids it', () => {
    const html = page(TRACE);
    expect(html).toContain("default-src 'none'");
    expect(html.replace(/<script type="application\/json"[^]*?<\/script>/, '')).not.toMatch(
      /\b(?:src|href)=|https?:|@import|url\(/,
    );
  });

  it('draws a row for each span in the order of the tree, with what it lasted', () => {
    const opened = open(page(TRACE));
    expect(opened.rows().map((row) => row.slice(0, 3))).toEqual([
      ['greet', 'workflow', '120 ms'],
      ['compose', 'activity', '80 ms'],
      ['attempt 1', 'attempt', '30 ms'],
      ['attempt 2', 'attempt', '30 ms'],
      ['wait', 'timer', '…'],
    ]);
    expect(opened.text('summary')).toBe('5 spans, 1 open, 120 ms, from 1970-01-01T00:16:40.000Z');
  });

  it('shows all of a span on a click, and finds spans by words', () => {
    const opened = open(page(TRACE));
    opened.click(2);
    expect(JSON.parse(opened.text('details'))).toMatchObject({ name: 'attempt 1', statusMessage: 'no route to host' });
    opened.search('attempt error');
    expect(opened.rows().map(([name]) => name)).toEqual(['attempt 1']);
    opened.search('');
    expect(opened.rows()).toHaveLength(5);
  });

  it('draws only what is in sight of a long trace', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({ ...GREET, name: `s${index}` }));
    const opened = open(page(many));
    expect(opened.rows().length).toBeLessThan(60);
    opened.scrollTo(4_000 * 22);
    expect(opened.rows().some(([name]) => name === 's4000')).toBe(true);
  });

  it.each(['</script><script>alert(1)</script>', '<!--', '<img src=x onerror=alert(1)>', '\u2028'])('keeps %j text', (name) => {
    const html = page([{ ...GREET, name, attributes: { [name]: name } }]);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<!--');
    expect(open(html).rows()[0]?.[0]).toBe(name);
  });
});
