import { cleanText } from '../span/clean-value.js';
import { textOf } from '../span/text-of.js';

const ERROR_TEXT_LENGTH_MAX = 1_024;

/** What an operation keeps of the error that it failed with: `error_type` and `error_message`. Never throws, whatever was thrown. */
export function errorMetadata(error: unknown): { readonly error_type: string; readonly error_message: string } {
  try {
    const { type, name } = (error ?? {}) as { type?: unknown; name?: unknown };
    const named = typeof type === 'string' && type !== '' ? type : name;
    return {
      error_type: cleanText(typeof named === 'string' && named !== '' ? named : '_OTHER', 256),
      error_message: cleanText(error instanceof Error ? error.message : textOf(error), ERROR_TEXT_LENGTH_MAX),
    };
  } catch {
    // A proxy, or an error whose getters throw.
    return { error_type: '_OTHER', error_message: '[unreadable]' };
  }
}
