import { canonicalJson } from '../span/canonical-json.js';
import type { Span } from '../span/span.js';
import { isObject } from '../span/validate-span.js';
import type { SgpFilters } from './sgp-search.js';
import type { SgpSpan } from './span-to-sgp.js';

/** Whether a row is among those that `filters` ask for, every one of them. */
export function matchesSgp(row: SgpSpan, span: Span, filters: SgpFilters): boolean {
  const metadata = isObject(row['metadata']) ? row['metadata'] : {};
  return (
    isIn(row.trace_id, filters.trace_ids) &&
    isIn(row.id, filters.span_ids) &&
    isIn(row['parent_id'], filters.parent_ids) &&
    isIn(row.name, filters.names) &&
    isIn(row['type'], filters.types) &&
    isIn(row['status'], filters.statuses) &&
    isIn(metadata['__acp_type__'], filters.acp_types) &&
    isIn(metadata['__agent_id__'], filters.agentex_agent_ids) &&
    isIn(metadata['__agent_name__'], filters.agentex_agent_names) &&
    (filters.parents_only !== true || row['parent_id'] === undefined) &&
    (filters.group_id === undefined || row['group_id'] === filters.group_id) &&
    (filters.spans === undefined || isPair(row, filters.spans)) &&
    !isListed(row.trace_id, filters.excluded_trace_ids) &&
    !isListed(row.id, filters.excluded_span_ids) &&
    !isPair(row, filters.excluded_spans ?? []) &&
    hasDuration(span, filters) &&
    hasMetadata(metadata, filters.extra_metadata ?? {}) &&
    hasTexts(row, filters.search_texts ?? [])
  );
}

function isIn(value: unknown, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || isListed(value, wanted);
}

function isListed(value: unknown, list: readonly string[] | undefined): boolean {
  return typeof value === 'string' && list?.includes(value) === true;
}

function isPair(row: SgpSpan, pairs: readonly { readonly trace_id: string; readonly span_id: string }[]): boolean {
  return pairs.some((pair) => pair.trace_id === row.trace_id && pair.span_id === row.id);
}

function hasDuration(span: Span, { min_duration_ms: least, max_duration_ms: most }: SgpFilters): boolean {
  if (least === undefined && most === undefined) return true;
  if (span.endTime === undefined) return false;
  const durationMs = Math.max(0, span.endTime - span.startTime) / 1_000;
  return (least === undefined || durationMs >= least) && (most === undefined || durationMs <= most);
}

function hasMetadata(metadata: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const own = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    return isSame(own, value) || (Array.isArray(value) && value.some((member) => isSame(own, member)));
  });
}

function isSame(a: unknown, b: unknown): boolean {
  return a !== undefined && canonicalJson(a) === canonicalJson(b);
}

function hasTexts(row: SgpSpan, texts: readonly string[]): boolean {
  if (texts.length === 0) return true;
  const fields = [row.name, ...['input', 'output', 'metadata'].map((field) => JSON.stringify(row[field]) ?? '')];
  const searched = fields.join('\n').toLowerCase();
  return texts.every((text) => searched.includes(text.toLowerCase()) || row.trace_id === text);
}
