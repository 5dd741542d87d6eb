import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { runUserCode } from '../interceptors/own-frames.js';
import type { ArtefactRecorder } from './artefact-recorder.js';

/** Interceptors that run every activity of a worker with `recorder`. */
export function createArtefactInterceptor(recorder: ArtefactRecorder): ActivityInterceptorsFactory {
  return () => ({ inbound: { execute: (input, next) => runUserCode(() => recorder.run(() => next(input))) } });
}
