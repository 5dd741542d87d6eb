import { randomBytes } from 'node:crypto';

/** A fresh span id. Only for processes outside of a workflow: inside one, ids are derived. */
export function generateSpanId(): string {
  for (;;) {
    const spanId = randomBytes(8).toString('hex');
    if (spanId !== '0000000000000000') return spanId;
  }
}
