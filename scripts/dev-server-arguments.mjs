/** @type {Record<string, number | boolean>} */
const DYNAMIC_CONFIG = {
  // The dev server has one shard and polls its task queues 20 times a second by default: every hop of a workflow would then wait
  // for the next poll, some 45 ms, and hide what tests and benchmark want to see.
  'history.transferProcessorMaxPollRPS': 5000,
  'history.timerProcessorMaxPollRPS': 5000,
  // All test files share one server and one namespace; the limits below are meant per tenant.
  'frontend.rps': 20000,
  'frontend.namespaceRPS': 20000,
  'frontend.namespaceRPS.visibility': 1000,
  'frontend.namespaceRPS.namespaceReplicationInducingAPIs': 100,
  'frontend.globalNamespaceRPS.namespaceReplicationInducingAPIs': 100,
  'matching.rps': 20000,
  'history.rps': 20000,
  // On by default in server 1.29, and used by tests: said here so that an older server found on PATH has them too.
  'system.enableNexus': true,
  'system.enableEagerWorkflowStart': true,
  'system.enableDeploymentVersions': true,
  'frontend.enableExecuteMultiOperation': true,
  'frontend.workerVersioningWorkflowAPIs': true,
};

/** Arguments for `temporal server start-dev`, the same for tests, demo and benchmark. */
export const devServerArguments = Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => [
  '--dynamic-config-value',
  `${key}=${value}`,
]);
