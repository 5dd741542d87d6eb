import { observeOutcome } from '../interceptors/observe-outcome.js';
import type { ProcessSpan } from '../interceptors/process-span.js';
import { textOf } from '../span/text-of.js';
import { type ActiveSpan, inertSpan } from '../workflows/active-span.js';
import { type ArtefactScope, currentRecorder, currentScope, runIn } from './artefact-scope.js';
import { defaultRecorder } from './default-recorder.js';
import { underSpan } from './task.js';
import type { MarkerOptions, PhaseOptions } from './task-options.js';

/**
 * What `body` returns, timed as a phase of the task that the calling code is in. Phases nest; the row is written when the phase ends.
 *
 * The phase that says that the task's data is ready is named `dump to storage`, of type network. Outside of a task `body` runs all the
 * same, and what is not recorded is counted.
 */
export function phase<T>(name: string, options: PhaseOptions, body: (span: ActiveSpan) => T): T {
  const begun = inTask('phase', (scope) => beginPhase(scope, textOf(name), options));
  if (begun === undefined) return body(inertSpan());
  const { scope, span } = begun;
  return observeOutcome(
    () => runIn(currentRecorder(), scope, () => underSpan(scope, () => body(span))),
    (outcome) => span.end(outcome),
  );
}

/**
 * Writes a moment of the task that the calling code is in: a span without length. Not where a phase of the same name has that instant,
 * as it says the same.
 */
export function marker(name: string, options: MarkerOptions = {}): void {
  inTask('marker', ({ run, spanId, dataId: around }) => {
    const dataId = run.ownerOfRows(options.dataId, around);
    if (dataId !== undefined) run.mark(textOf(name), dataId, spanId, options.attributes ?? {});
  });
}

/** What `work` returns for the task that the calling code is in. Never throws; a row that is not written, a `what`, is counted. */
export function inTask<T>(what: string, work: (scope: ArtefactScope) => T): T | undefined {
  const scope = currentScope();
  const recorder = currentRecorder() ?? defaultRecorder();
  if (scope === undefined) {
    recorder.drop('outside_task', what);
    return undefined;
  }
  try {
    return work(scope);
  } catch {
    // Options with a getter that throws, a revoked proxy.
    recorder.drop('invalid', what);
    return undefined;
  }
}

function beginPhase(
  around: ArtefactScope,
  name: string,
  options: PhaseOptions,
): { readonly scope: ArtefactScope; readonly span: ProcessSpan } | undefined {
  const dataId = around.run.ownerOfRows(options.dataId, around.dataId);
  if (dataId === undefined) return undefined;
  const span = around.run.beginPhase(name, dataId, around.spanId, options);
  return span === undefined ? undefined : { scope: { run: around.run, spanId: span.spanId, dataId }, span };
}
