const SGP_SPAN_TYPES: ReadonlySet<unknown> = new Set([
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
]);

/** `wanted` where it is one of SGP's span types, else STANDALONE: an unknown one would make SGP refuse the whole request. */
export function sgpSpanType(wanted: unknown): string {
  return SGP_SPAN_TYPES.has(wanted) ? (wanted as string) : 'STANDALONE';
}
