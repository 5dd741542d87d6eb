export type { ArtefactDropReason, ArtefactStats } from './artefact-counters.js';
export type { ArtefactOptions } from './artefact-options.js';
export { ArtefactRecorder } from './artefact-recorder.js';
export { asset, lineageFrom } from './asset.js';
export { ArtefactOptionsError } from './errors.js';
export { marker, phase } from './phase.js';
export { task } from './task.js';
export type { Asset, LineageOptions, MarkerOptions, MergedChild, PhaseOptions, TaskOptions } from './task-options.js';
