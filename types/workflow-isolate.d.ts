/**
 * What code in Temporal's workflow isolate finds besides the language itself, as far as we use it.
 *
 * It also has URL, URLSearchParams, assert, TextDecoder, AbortController and setTimeout: add one here when it is needed.
 * AsyncLocalStorage is imported from `@temporalio/workflow`.
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array;
}

declare const console: Readonly<Record<'debug' | 'log' | 'warn' | 'error', (...values: unknown[]) => void>>;
