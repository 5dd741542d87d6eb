import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.js';
import { createCollector } from '../../src/server/collector.js';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { closedSpan, patientContext } from '../processors/sample-span.js';

test('what the SGP processor delivers is a trace of the collector', async () => {
  const collector = await createCollector({ store: new MemoryStore() }).listen();
  try {
    const span = closedSpan({ attributes: { 'temporal.workflow.id': 'wf-1' } });
    const processor = new SgpProcessor({ apiKey: 'any', accountId: 'acct', baseUrl: collector.url });
    await processor.end([span], patientContext());
    const answer = await fetch(`${collector.url}/api/v1/traces/${span.traceId}`, {
      headers: { 'x-selected-account-id': 'acct' },
    });
    expect(await answer.json()).toMatchObject({ traceId: span.traceId, spans: [{ spanId: span.spanId, name: span.name }] });
  } finally {
    await collector.close();
  }
});
