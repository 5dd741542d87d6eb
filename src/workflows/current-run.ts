import { PerRun } from './per-run.js';
import type { RunTracer } from './run-tracer.js';

const tracers = new PerRun<RunTracer>();

/** The tracer of the run whose code this is; `undefined` where the interceptors are not registered. */
export function currentRun(): RunTracer | undefined {
  return tracers.get();
}

export function setCurrentRun(tracer: RunTracer): void {
  tracers.set(tracer);
}
