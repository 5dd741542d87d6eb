import type { RunTracer } from './run-tracer.js';

// The SDK runs each module anew for every workflow, so this is one run's, never shared.
let run: RunTracer | undefined;

/** The tracer of the run whose code this is; `undefined` where the interceptors are not registered. */
export function currentRun(): RunTracer | undefined {
  return run;
}

export function setCurrentRun(tracer: RunTracer | undefined): void {
  run = tracer;
}
