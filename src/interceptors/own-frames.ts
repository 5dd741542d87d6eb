import { fileURLToPath } from 'node:url';
import { quietly } from './quietly.js';

const CAUSES_MAX = 10;

// Of the package, whether its frames are shown as they run or as their source maps have them; a frame of an ES module begins with `file://`.
const ROOT = new URL('../../', import.meta.url);
const OWN_FOLDERS = [ROOT.href, fileURLToPath(ROOT)].flatMap((root) => [`${root}dist/`, `${root}src/`]);

// What stands between our code and the user's: we run his code in contexts.
const CONTEXT_FRAME = /^\s+at (?:async )?(?:AsyncLocalStorage\.run|ContextAPI\.with) \(/;

/**
 * What `body` returns, or rejects with; the error's stack trace has none of everspan's frames then.
 *
 * Temporal cuts a failed activity's stack trace where the user's code ends, and so puts the same into history with tracing and without.
 */
export async function runUserCode<T>(body: () => T): Promise<Awaited<T>> {
  try {
    return await body();
  } catch (thrown) {
    quietly(() => cutOwnFrames(thrown));
    throw thrown;
  }
}

function cutOwnFrames(thrown: unknown): void {
  let error = thrown;
  for (let depth = 0; depth < CAUSES_MAX && error instanceof Error; depth += 1) {
    const stack = error.stack;
    if (typeof stack === 'string' && isOwn(stack)) error.stack = withoutOwnFrames(stack);
    error = error.cause;
  }
}

function withoutOwnFrames(stack: string): string {
  const kept: string[] = [];
  for (const line of stack.split('\n')) {
    if (!isFrame(line) || !isOwn(line)) {
      kept.push(line);
      continue;
    }
    while (CONTEXT_FRAME.test(kept.at(-1) ?? '')) kept.pop();
  }
  return kept.join('\n');
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

function isOwn(text: string): boolean {
  return OWN_FOLDERS.some((folder) => text.includes(folder));
}
