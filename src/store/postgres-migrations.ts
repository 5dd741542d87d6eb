import { pruneFunction, upsertFunction } from './postgres-functions.js';
import { postgresTables } from './postgres-schema.js';

/**
 * What makes each version of the schema out of the one before; the first makes version 1. Never changed once released: a change is
 * another entry.
 */
export const POSTGRES_MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => postgresTables(schema) + upsertFunction(schema) + pruneFunction(schema),
];
