/** What workflow code may import: it runs in Temporal's isolate, and drags nothing of Node's in. */
export { type ActiveSpan, activeTrace, type WithSpanOptions, withSpan } from './workflows/with-span.js';
