import { pruneFunction, registerAnew, upsertFunction } from './postgres-functions.js';
import { postgresTables } from './postgres-schema.js';

/**
 * What makes each version of the schema out of the one before; the first makes version 1. Never changed once released: a change is
 * another entry.
 */
export const POSTGRES_MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => postgresTables(schema) + pruneFunction(schema),
  // The digest at the end of the key is made where two events are rivals, and no longer kept. Version 1 had another function to merge.
  (schema) => `
  drop function if exists ${schema}.upsert_spans;
  alter table ${schema}.spans rename column merge_key to merge_rank;
  update ${schema}.spans set merge_rank = left(merge_rank, 36);`,
  // A trace is named after the workflow that a client's call started, no longer after the call.
  (schema) => `
  drop function if exists ${schema}.upsert_spans;
  ${registerAnew(schema)}
  ${upsertFunction(schema)}`,
];
