import type { SpanScope } from '../span/span.js';

/** The scope of every span that everspan makes. */
export const EVERSPAN_SCOPE: SpanScope = { name: 'everspan' };
