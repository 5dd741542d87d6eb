import { onTestFinished } from 'vitest';
import type { CollectorLogger } from '../../src/server/collector-app.js';
import { type CollectorOptions, createCollector, type ListeningCollector } from '../../src/server/collector.js';
import { MemoryStore } from '../../src/store/memory-store.js';

/** The header with which these tests ask. */
export const ACCOUNT = { 'x-selected-account-id': 'acct-test' };

/** A logger that says nothing, for tests in which failures are the subject. */
export const SILENT: CollectorLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A collector that listens until the test is over; over a store in memory, unless another is given. */
export async function startCollector(options: Partial<CollectorOptions> = {}): Promise<ListeningCollector> {
  const collector = createCollector({ store: new MemoryStore(), ...options });
  const listening = await collector.listen();
  onTestFinished(() => listening.close());
  return listening;
}

// oxlint-disable-next-line typescript/no-explicit-any -- answers of any shape are looked into
export type Loose = any;

/** The answer's JSON, and its status. */
export async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; body: Loose; headers: Headers }> {
  const response = await fetch(url, { ...init, headers: { ...ACCOUNT, ...init.headers } });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

/** `value` as the body of a request. */
export function jsonBody(value: unknown, method: 'POST' | 'PUT' | 'PATCH' = 'POST'): RequestInit {
  return { method, body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}
