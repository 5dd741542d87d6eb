import { context } from '@opentelemetry/api';
import { contextAt } from '../interceptors/otel-context.js';
import { observeOutcome } from '../interceptors/observe-outcome.js';
import { quietly } from '../interceptors/quietly.js';
import { type ActiveSpan, inertSpan } from '../workflows/active-span.js';
import { type ArtefactScope, currentRecorder, runIn } from './artefact-scope.js';
import { defaultRecorder } from './default-recorder.js';
import type { TaskOptions } from './task-options.js';

/**
 * What `body` returns, recorded as the task `dataId`: a folder of its own with rows of its spans, assets and lineage.
 *
 * Returns the very promise of `body`; the task ends when that settles. Phases, markers, assets and sources that its code names belong to
 * it, through awaits, timers and callbacks; `bindContext` carries them into pools and emitters. Tasks may run at once, and in each other:
 * one in another is a task of its own. Whatever goes wrong with recording, `body` runs as if it were not there.
 *
 * Inside a traced activity the task and its phases are spans of that trace as well, under the attempt, with the same ids.
 *
 * @param dataId - Any text but `.` and `..`, 1 to 512 characters; else nothing is recorded, which is counted.
 *
 * @example
 * const pages = await task('doc-7', { mergedChildren: ['doc-8'], ownerId: 'alice' }, async () => {
 *   const text = await phase('read', { type: 'network' }, () => download(url));
 *   const answer = await phase('inference', { type: 'compute' }, () => model.run(text));
 *   await phase('dump to storage', { type: 'network', payloadBytes: answer.length }, () => store(answer));
 *   asset({ guid: 'answer-7', version: 2 });
 *   lineageFrom('doc-3');
 *   return answer;
 * });
 */
export function task<T>(dataId: string, body: (span: ActiveSpan) => T): T;
export function task<T>(dataId: string, options: TaskOptions, body: (span: ActiveSpan) => T): T;
export function task<T>(dataId: string, ...rest: TaskArguments<T>): T {
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  const recorder = currentRecorder() ?? quietly(defaultRecorder);
  const run = quietly(() => recorder?.begin(dataId, options));
  // What the body of an unrecorded task names is nobody's, not the task's around it.
  if (run === undefined || recorder === undefined) return runIn(recorder, undefined, () => body(inertSpan()));
  const scope: ArtefactScope = { run, spanId: run.root.spanId, dataId: run.task.dataId };
  return observeOutcome(
    () => runIn(recorder, scope, () => underSpan(scope, () => body(run.root))),
    (outcome, hasThrown) => recorder.end(run, outcome, hasThrown),
  );
}

type TaskArguments<T> = [body: (span: ActiveSpan) => T] | [options: TaskOptions, body: (span: ActiveSpan) => T];

/** What `body` returns, run where the span of `scope` is the parent of what `withSpan` and OpenTelemetry's instrumentations make. */
export function underSpan<T>({ run, spanId }: ArtefactScope, body: () => T): T {
  const { traceId, reporter } = run.place;
  // A span that goes nowhere but to a file would leave those of other libraries without a parent.
  if (reporter === undefined) return body();
  const active = quietly(() => contextAt({ traceId, spanId, isSampled: true }));
  return active === undefined ? body() : context.with(active, body);
}
