/** What workflow code may import: it runs in Temporal's isolate, and drags nothing of Node's in. */
export type { ActiveSpan, WithSpanOptions } from './workflows/active-span.js';
export { activeTrace, withSpan } from './workflows/with-span.js';
