/** Every span type that SGP has. */
export const SGP_SPAN_TYPES = [
  'TEXT_INPUT',
  'TEXT_OUTPUT',
  'COMPLETION_INPUT',
  'COMPLETION',
  'KB_RETRIEVAL',
  'KB_INPUT',
  'RERANKING',
  'EXTERNAL_ENDPOINT',
  'PROMPT_ENGINEERING',
  'DOCUMENT_INPUT',
  'MAP_REDUCE',
  'DOCUMENT_SEARCH',
  'DOCUMENT_PROMPT',
  'CUSTOM',
  'CODE_EXECUTION',
  'DATA_MANIPULATION',
  'EVALUATION',
  'FILE_RETRIEVAL',
  'KB_ADD_CHUNK',
  'KB_MANAGEMENT',
  'GUARDRAIL',
  'OUTPUT_GUARDRAIL',
  'TRACER',
  'AGENT_TRACER',
  'AGENT_WORKFLOW',
  'STANDALONE',
] as const;

const KNOWN: ReadonlySet<unknown> = new Set(SGP_SPAN_TYPES);

/** `wanted` where it is one of SGP's span types, else STANDALONE: an unknown one would make SGP refuse the whole request. */
export function sgpSpanType(wanted: unknown): string {
  return KNOWN.has(wanted) ? (wanted as string) : 'STANDALONE';
}
