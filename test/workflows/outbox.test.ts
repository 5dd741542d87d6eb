import { describe, expect, it } from 'vitest';
import { openSpan, type OpenSpan } from '../../src/workflows/open-span.js';
import { Outbox } from '../../src/workflows/outbox.js';

// Past 11,000 that wait, room is made down to 10,000.
const SHED_AT = 11_000;
const KEPT = 10_000;

let count = 0;
function begun(): OpenSpan {
  count += 1;
  const spanId = count.toString(16).padStart(16, '0');
  return openSpan({ spanId, name: 'span', kind: 'INTERNAL', type: 'custom', startTime: count });
}

function ended(span: OpenSpan = begun()): OpenSpan {
  return Object.assign(span, { endTime: span.startTime + 1, status: 'OK' });
}

function spansIn(batches: readonly (readonly unknown[])[]): number {
  return batches.reduce((sum, batch) => sum + batch.length, 0);
}

describe('an outbox that is full', () => {
  it('gives up STARTs first, and counts nothing: every one of those spans is told by its END', () => {
    const outbox = new Outbox();
    const open = Array.from({ length: SHED_AT + 1 }, begun);
    for (const span of open) outbox.addStart(span);
    expect(outbox.isEmpty).toBe(true);
    for (const span of open.slice(0, 5_000)) outbox.addEnd(ended(span));
    expect(spansIn(outbox.takeLast())).toBe(5_000);
    expect(outbox.takeDropped()).toBeUndefined();
  });

  it('counts the spans of ENDs that it gives up: as lost, or as left open where their START has left', () => {
    const outbox = new Outbox();
    const told = Array.from({ length: 300 }, begun);
    for (const span of told) outbox.addStart(span);
    expect(spansIn(outbox.takeFlight())).toBe(300);
    outbox.landed();
    for (const span of told) outbox.addEnd(ended(span));
    for (let index = 0; index < SHED_AT + 1 - 300; index += 1) outbox.addEnd(ended());
    expect(outbox.takeDropped()).toEqual({ outbox_full: SHED_AT + 1 - KEPT - 300, outbox_full_end: 300 });
    expect(spansIn(outbox.takeLast())).toBe(KEPT);
  });

  it('counts a START that came back as told: it may have arrived', () => {
    const outbox = new Outbox();
    const span = begun();
    outbox.addStart(span);
    outbox.takeFlight();
    outbox.returned();
    outbox.addEnd(ended(span));
    for (let index = 0; index < SHED_AT; index += 1) outbox.addEnd(ended());
    expect(outbox.takeDropped()).toEqual({ outbox_full: SHED_AT + 1 - KEPT - 1, outbox_full_end: 1 });
  });

  it('counts nothing while there is room', () => {
    const outbox = new Outbox();
    for (let index = 0; index < SHED_AT; index += 1) outbox.addEnd(ended());
    expect(outbox.takeDropped()).toBeUndefined();
    expect(spansIn(outbox.takeFlight())).toBe(SHED_AT);
  });
});
