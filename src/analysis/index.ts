export { ProfileAccumulator } from './profile-accumulator.js';
export type { Profile } from './profile-accumulator.js';
export { BAD_LINES_IN_A_ROW_MAX, LINE_BYTES_MAX, readJsonl } from './jsonl-reader.js';
export type { JsonlReading } from './jsonl-reader.js';
export type {
  AssetSummary,
  CriticalPathSummary,
  EndToEndBreakdown,
  EventSummary,
  LineageEdge,
  ProfileSummary,
  TaskTiming,
} from '../wire/profile-summary.js';
export { findCriticalPath } from './critical-path.js';
export { SEGMENT_TYPES } from './path-model.js';
export type {
  CriticalPath,
  CriticalPathOptions,
  DetachedSpan,
  EdgeKind,
  LineageEdgeOf,
  PathContributor,
  PathSegment,
  SegmentType,
} from './path-model.js';
