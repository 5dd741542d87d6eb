import type { ArtefactStore } from './artefact-store.js';
import type { SpanStore } from './span-store.js';

/** What `openSpanStore` opens: spans and artefacts in one database. */
export interface TraceStore extends SpanStore, ArtefactStore {}
