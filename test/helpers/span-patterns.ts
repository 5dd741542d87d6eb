import type { ExpectedSpan, SpanPattern } from '../../src/testing/expected-span.js';

type Rest = Omit<ExpectedSpan, 'name' | 'type' | 'kind' | 'children'>;

/** A workflow started by the client of the test: the client's span and the run below it. */
export function startedRun(type: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  return clientCall('client_start', `start workflow ${type}`, [run(type, children, rest)]);
}

/** A span of the client; it is `OK` unless the server refused the call. */
export function clientCall(type: string, name: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  const isAwaited = type === 'client_query' || type.startsWith('client_update') || type === 'client_nexus_operation';
  return { name, type, kind: isAwaited ? 'CLIENT' : 'PRODUCER', status: 'OK', children, ...rest };
}

/** A workflow run. */
export function run(type: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  return { name: `workflow ${type}`, type: 'workflow', kind: 'SERVER', status: 'OK', children, ...rest };
}

/** An activity whose attempts ended so, one after the other. */
export function activity(type: string, attempts: readonly (Rest | ExpectedSpan)[] = [{}], rest: Rest = {}): ExpectedSpan {
  const children = attempts.map((attempt) => attemptOf(type, attempt));
  return { name: `activity ${type}`, type: 'activity', kind: 'CLIENT', status: 'OK', children, ...rest };
}

/** A local activity whose attempts ended so, one after the other. */
export function localActivity(type: string, attempts: readonly (Rest | ExpectedSpan)[] = [{}], rest: Rest = {}): ExpectedSpan {
  const children = attempts.map((attempt) => attemptOf(type, attempt));
  return { name: `local activity ${type}`, type: 'local_activity', kind: 'CLIENT', status: 'OK', children, ...rest };
}

/** A child workflow as its parent sees it, and its run below. */
export function child(type: string, runs: readonly SpanPattern[], rest: Rest = {}): ExpectedSpan {
  return { name: `child workflow ${type}`, type: 'child_workflow', kind: 'CLIENT', status: 'OK', children: runs, ...rest };
}

export function timer(rest: Rest = {}): ExpectedSpan {
  return { name: 'timer', type: 'timer', kind: 'INTERNAL', status: 'OK', children: [], ...rest };
}

/** A signal that a workflow sends; its handler is below where the receiver is in the same trace. */
export function signalSent(name: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  return { name: `signal ${name}`, type: 'signal', kind: 'PRODUCER', status: 'OK', children, ...rest };
}

export function signalHandled(name: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  return { name: `handle signal ${name}`, type: 'signal_handler', kind: 'CONSUMER', status: 'OK', children, ...rest };
}

export function updateHandled(name: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  return { name: `handle update ${name}`, type: 'update_handler', kind: 'SERVER', status: 'OK', children, ...rest };
}

/** A span of the user's own. */
export function custom(name: string, children: readonly SpanPattern[] = [], rest: Rest = {}): ExpectedSpan {
  return { name, type: 'custom', kind: 'INTERNAL', status: 'OK', children, ...rest };
}

function attemptOf(type: string, rest: Rest | ExpectedSpan): ExpectedSpan {
  return { name: `attempt ${type}`, type: 'attempt', kind: 'SERVER', status: 'OK', children: [], ...rest };
}
