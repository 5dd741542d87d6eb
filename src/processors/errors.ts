import { EverspanConfigError } from '../span/config-error.js';

/**
 * Why a batch, or a part of it, is not out.
 *
 * - `UNAVAILABLE`: worth another try (network, 408, 409, 429, 5xx).
 * - `REJECTED`: will never be taken (other 4xx); `rejectedSpanIds` says which spans.
 * - `ABORTED`: the caller stopped waiting.
 */
export type SpanDeliveryCode = 'UNAVAILABLE' | 'REJECTED' | 'ABORTED';

/** A batch that is not out, or not whole. Its message holds no key and no span content. */
export class SpanDeliveryError extends Error {
  override readonly name = 'SpanDeliveryError';
  readonly code: SpanDeliveryCode;
  readonly processor: string;
  /** Spans that were refused for what they hold; all others of the batch are out when `code` is `REJECTED`. */
  readonly rejectedSpanIds: readonly string[];

  constructor(
    code: SpanDeliveryCode,
    processor: string,
    message: string,
    options: { rejectedSpanIds?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.processor = processor;
    this.rejectedSpanIds = options.rejectedSpanIds ?? [];
  }
}

/** What was waited for did not come. The message lists the spans that did. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'WAIT_TIMEOUT';
  readonly timeoutMs: number;

  constructor(timeoutMs: number, spans: readonly { readonly name: string; readonly type: string; readonly status: string }[]) {
    const seen = spans.map((span) => `\n  ${span.type} ${span.name} ${span.status}`).join('');
    super(`waited ${timeoutMs} ms for spans that did not come; ${spans.length === 0 ? 'none came at all' : `there are:${seen}`}`);
    this.timeoutMs = timeoutMs;
  }
}

/** A processor, or a redaction, that cannot be made from its options. Its message names the option and never holds a key. */
export class ProcessorOptionsError extends EverspanConfigError {
  override readonly name = 'ProcessorOptionsError';
  /** Empty where the options as a whole are wrong. */
  readonly option: string;

  constructor(option: string, message: string) {
    super('INVALID_OPTION', message);
    this.option = option;
  }
}
