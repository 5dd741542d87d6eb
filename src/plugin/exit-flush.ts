import type { SpanPipeline } from '../activities/span-pipeline.js';

/** Milliseconds for the processors to close, when their time to deliver is over. */
const CLOSE_MS_MAX = 500;

const waiting = new Map<SpanPipeline, number>();
let isListening = false;

/**
 * Sends what `pipeline` still holds when the process has nothing else to do: one that has clients only has no other end. What is not
 * delivered within `timeoutMs` is dropped, counted and logged. `process.exit()` waits for nobody, and so not for this.
 *
 * Called again, the last `timeoutMs` counts.
 */
export function flushBeforeExit(pipeline: SpanPipeline, timeoutMs: number): void {
  waiting.set(pipeline, timeoutMs);
  if (isListening) return;
  isListening = true;
  // One listener for all: a process of tests may have many plugins. Where nothing waits it does nothing, so the process ends.
  process.on('beforeExit', () => {
    for (const [held, boundMs] of waiting) if (!held.isIdle) void leave(held, boundMs);
  });
}

/** Forgets `pipeline`: it has been shut down. */
export function forgetExit(pipeline: SpanPipeline): void {
  waiting.delete(pipeline);
}

async function leave(pipeline: SpanPipeline, timeoutMs: number): Promise<void> {
  if (!(await pipeline.flush(timeoutMs))) await pipeline.shutdown(CLOSE_MS_MAX);
}
