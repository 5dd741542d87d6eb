import { expect, test } from 'vitest';
import { createCollector } from '../../src/server/collector.js';
import { MemoryStore } from '../../src/store/memory-store.js';

interface Document {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, unknown>; operationId: string; security: unknown[] }>
  >;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function document(): Promise<Document> {
  const { app } = createCollector({ store: new MemoryStore() });
  return (await (await app.request('http://localhost/openapi.json')).json()) as Document;
}

test('every call is described, and every reference leads somewhere', async () => {
  const description = await document();
  expect(description.openapi).toBe('3.1.0');
  const calls = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(calls).toEqual(
    expect.arrayContaining([
      'PUT /v5/spans/batch',
      'POST /v5/spans/batch',
      'POST /v5/spans',
      'PATCH /v5/spans/{id}',
      'GET /v5/spans/{id}',
      'POST /v5/spans/search',
      'POST /v1/traces',
      'POST /traces/tasks/{taskId}/{type}',
      'GET /traces/workflows/{workflowId}/{type}',
      'GET /traces/workflows/analyze/{workflowId}',
      'GET /api/v1/traces',
      'GET /api/v1/traces/{traceId}',
      'GET /api/v1/changes',
      'GET /health',
      'GET /ready',
      'GET /metrics',
      'GET /openapi.json',
    ]),
  );
  const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));
  expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length);
  expect(operations.every((operation) => Object.keys(operation.responses).length > 1)).toBe(true);
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name as string,
  );
  expect(references.length).toBeGreaterThan(10);
  expect(references.filter((name) => description.components.schemas[name] === undefined)).toEqual([]);
  expect(JSON.stringify(description)).not.toContain('#/$defs/');
});

test('the description says what a row must have, as the check does', async () => {
  const { SgpItem } = (await document()).components.schemas as Record<
    string,
    { required: string[]; properties: Record<string, unknown> }
  >;
  expect(SgpItem?.required.toSorted()).toEqual(['name', 'start_timestamp', 'trace_id']);
  expect(JSON.stringify(SgpItem?.properties['status'])).toContain('CANCELED');
});
