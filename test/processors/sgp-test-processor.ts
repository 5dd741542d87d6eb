import { SgpProcessor, type SgpProcessorOptions } from '../../src/processors/sgp-processor.js';
import type { SgpServer } from '../helpers/sgp-server.mjs';

export const API_KEY = 'sk-secret-never-shown';

/** A processor for `server` that records how long it would have waited, and goes on at once. */
export function sgpProcessorFor(
  server: Pick<SgpServer, 'url'>,
  changes: Partial<SgpProcessorOptions> = {},
): { processor: SgpProcessor; waitsMs: number[] } {
  const waitsMs: number[] = [];
  const processor = new SgpProcessor({
    apiKey: API_KEY,
    accountId: 'acct-test',
    baseUrl: server.url,
    sleep: (delayMs) => {
      waitsMs.push(delayMs);
      return Promise.resolve();
    },
    random: () => 0,
    ...changes,
  });
  return { processor, waitsMs };
}

/** The items of a logged request. */
export function itemsOf(request: { readonly body: string }): Record<string, unknown>[] {
  return (JSON.parse(request.body) as { items: Record<string, unknown>[] }).items;
}

/** What `promise` rejects with; fails when it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new TypeError('expected a rejection');
}
