import type { Span } from '../span/span.js';
import { otelAttributes } from '../wire/otel-attributes.js';
import { type ExportOptions, exportedSpans, lastKnownTime } from './export-options.js';
import { HTML_PAGE_SCRIPT, HTML_PAGE_STYLE } from './html-page-parts.js';
import { buildSpanTrees } from './span-tree.js';

/** One row of the page, in the tree's order. Times are microseconds from the first start. */
interface PageRow {
  readonly depth: number;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly from: number;
  readonly length: number;
  readonly open: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * `spans` as one HTML file that needs nothing else, no network either: the tree with bars, a search, and all of a span on a click.
 *
 * What spans say is written into the page as JSON and shown as text only, so that a name cannot become part of the page.
 */
export function* toHtml(spans: readonly Span[], options: ExportOptions = {}): Generator<string> {
  const wanted = exportedSpans(spans, options.openSpans ?? true);
  const lastMicros = lastKnownTime(wanted);
  const firstMicros = wanted.reduce((first, span) => Math.min(first, span.startTime), lastMicros);
  const traceIds = [...new Set(wanted.map((span) => span.traceId))];
  yield head(traceIds.length === 1 ? `trace ${traceIds[0] as string}` : `${traceIds.length} traces`);
  yield `<script type="application/json" id="trace">{"firstMicros":${firstMicros},"lengthMicros":${lastMicros - firstMicros},"rows":[`;
  let separator = '\n';
  for (const row of pageRows(wanted, firstMicros, lastMicros)) {
    yield separator + scriptSafe(JSON.stringify(row));
    separator = ',\n';
  }
  yield `\n]}</script>\n<script>${HTML_PAGE_SCRIPT}</script>\n</body>\n</html>\n`;
}

function head(title: string): string {
  // No source but this file: no image, font, script or request of the outside is ever loaded.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${HTML_PAGE_STYLE}</style>
</head>
<body>
<header><h1>${title}</h1><span id="summary"></span><input id="search" type="search" placeholder="name, type, status or id" aria-label="Search"></header>
<main><div id="rows" role="tree" tabindex="0"></div><pre id="details" hidden></pre></main>
`;
}

function* pageRows(spans: readonly Span[], firstMicros: number, lastMicros: number): Generator<PageRow> {
  const pending = buildSpanTrees(spans)
    .toReversed()
    .map((node) => ({ node, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    const { span } = node;
    yield {
      depth,
      name: span.name,
      type: span.type,
      status: span.status,
      from: span.startTime - firstMicros,
      length: Math.max(0, (span.endTime ?? lastMicros) - span.startTime),
      open: span.endTime === undefined,
      details: details(span),
    };
    for (const child of node.children.toReversed()) pending.push({ node: child, depth: depth + 1 });
  }
}

function details(span: Span): Record<string, unknown> {
  const { input, output, ...rest } = span;
  return {
    ...rest,
    attributes: otelAttributes(rest),
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
  };
}

// `</script>` or `<!--` in a name must not end the element. JSON has `<` in strings only.
function scriptSafe(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
