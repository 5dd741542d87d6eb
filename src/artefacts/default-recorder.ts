import { ArtefactRecorder } from './artefact-recorder.js';

let recorder: ArtefactRecorder | undefined;

/** The recorder of tasks that run in no other: folders under `.everspan/artefacts`, no uploads. Made when it is first asked for. */
export function defaultRecorder(): ArtefactRecorder {
  recorder ??= new ArtefactRecorder();
  return recorder;
}
