import type { WorkflowInterceptors } from '@temporalio/workflow';
import { currentRun, setCurrentRun } from '../workflows/current-run.js';
import { RunTracer } from '../workflows/run-tracer.js';
import { WorkflowInbound } from './workflow-inbound.js';
import { WorkflowInternals } from './workflow-internals.js';
import { WorkflowOutbound } from './workflow-outbound.js';

/**
 * The workflow interceptors of everspan, for `workflowInterceptorModules`. The plugin registers them; name this module yourself only where no
 * plugin can be used, or for a bundle made beforehand.
 */
export function interceptors(): WorkflowInterceptors {
  // Registered twice, by a plugin and by hand, it must not trace twice.
  if (currentRun() !== undefined) return {};
  const run = new RunTracer();
  setCurrentRun(run);
  return {
    inbound: [new WorkflowInbound(run)],
    outbound: [new WorkflowOutbound(run)],
    internals: [new WorkflowInternals(run)],
  };
}

export { BUNDLE_SENTINEL } from '../wire/bundle-sentinel.js';
