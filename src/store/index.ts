export type { ArtefactStore, ArtefactType, ArtefactUpload } from './artefact-store.js';
export { SpanStoreError, type SpanStoreCode } from './errors.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { DEFAULT_STORE_PATH, openSpanStore, type OpenSpanStoreOptions } from './open-span-store.js';
export { PostgresStore, type PostgresStoreOptions } from './postgres-store.js';
export { workflowIdOf } from './span-row.js';
export {
  DEFAULT_ACCOUNT_ID,
  PAGE_LIMIT_MAX,
  type Page,
  type Paged,
  type SpanChange,
  type SpanFilter,
  type SpanStore,
  type StoreScope,
  type TraceFilter,
  type TraceSummary,
} from './span-store.js';
export { SqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
export type { TraceStore } from './trace-store.js';
