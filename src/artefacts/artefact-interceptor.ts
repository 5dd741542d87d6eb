import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { ArtefactRecorder } from './artefact-recorder.js';

/** Interceptors that run every activity of a worker with `recorder`. */
export function createArtefactInterceptor(recorder: ArtefactRecorder): ActivityInterceptorsFactory {
  return () => ({ inbound: { execute: (input, next) => recorder.run(() => next(input)) } });
}
