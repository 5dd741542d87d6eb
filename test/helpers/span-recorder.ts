import type { SpanReporter } from '../../src/interceptors/span-reporter.js';
import type { Span } from '../../src/span/span.js';
import { validateSpan } from '../../src/span/validate-span.js';

/** Keeps the spans that are reported to it; every one must be valid. */
export class SpanRecorder implements SpanReporter {
  readonly resource = { 'service.name': 'tested' };
  readonly events: Span[] = [];

  enqueue(spans: readonly Span[]): void {
    for (const span of spans) this.events.push(validateSpan(span));
  }

  /** The ENDs, in order. */
  get ended(): Span[] {
    return this.events.filter((span) => span.endTime !== undefined);
  }

  /** The one END of that name. */
  end(name: string): Span {
    const found = this.ended.filter((span) => span.name === name);
    if (found.length !== 1 || found[0] === undefined) {
      throw new TypeError(`${found.length} spans named ${name} ended; ended: ${this.ended.map((span) => span.name).join(', ')}`);
    }
    return found[0];
  }
}
