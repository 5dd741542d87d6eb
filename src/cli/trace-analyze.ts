import { findCriticalPath } from '../analysis/critical-path.js';
import type { CriticalPath } from '../analysis/path-model.js';
import type { Profile } from '../analysis/profile-accumulator.js';
import { attributeQueues, type QueueAttribution } from '../analysis/queue-waits.js';
import { oneLine } from '../export/display-width.js';
import type { Span } from '../span/span.js';
import type { CliIo } from './cli-io.js';
import { findTrace } from './find-trace.js';
import { notFound } from './not-found.js';
import { contributorsView, detachedView, pathHeaderView, segmentsView } from './path-views.js';
import { printJson } from './print-json.js';
import {
  criticalPathView,
  endToEndView,
  headerView,
  lineageView,
  queuingView,
  richView,
  type ViewOptions,
} from './profile-views.js';
import { queuesView } from './queue-views.js';
import { type SourceOptions, withSource } from './source-options.js';
import { textStyle } from './text-style.js';

type ViewName = 'rich' | 'critical-path' | 'cp' | 'end-to-end' | 'e2e' | 'queuing' | 'lineage';

export interface AnalyzeOptions extends SourceOptions {
  readonly format: ViewName | 'json';
  readonly top: number;
  /** The rows that tasks wrote, or the spans of the trace; what there is where it is absent, tasks first. */
  readonly by?: 'tasks' | 'spans';
}

/** `everspan trace analyze`: the profile of a workflow's tasks, or the typed critical path of a trace. */
export async function analyzeTrace(id: string, options: AnalyzeOptions, io: CliIo): Promise<void> {
  await withSource(options, io, async (source) => {
    const profile = options.by === 'spans' ? undefined : await source.profile(id);
    if (profile !== undefined) return printProfile(profile, options, io);
    if (options.by === 'tasks') throw await notFound(`no rows of tasks of ${id}`, source);
    const spans = await findTrace(source, id);
    // `findTrace` gives spans or throws.
    const path = findCriticalPath(spans, { top: options.top }) as CriticalPath;
    await printPath((spans[0] as Span).traceId, { path, queues: attributeQueues(spans, { top: options.top }) }, options, io);
  });
}

async function printProfile(profile: Profile, options: AnalyzeOptions, io: CliIo): Promise<void> {
  for (const cycle of profile.lineageCycles) {
    await io.stderr.write(
      `everspan: the lineage goes in a circle, which was cut: ${oneLine([...cycle, cycle[0]].join(' ← '))}\n`,
    );
  }
  if (options.format === 'json') return printJson(io.stdout, profile.summary);
  await io.stdout.write(PROFILE_VIEWS[options.format](profile.summary, viewOptions(options, io)));
}

const PROFILE_VIEWS: Readonly<Record<ViewName, typeof headerView>> = {
  rich: richView,
  'critical-path': criticalPathView,
  cp: criticalPathView,
  'end-to-end': (summary, options) => `${headerView(summary, options)}\n${endToEndView(summary, options)}`,
  e2e: (summary, options) => `${headerView(summary, options)}\n${endToEndView(summary, options)}`,
  queuing: queuingView,
  lineage: lineageView,
};

/** What is shown of a trace. */
interface TraceAnalysis {
  readonly path: CriticalPath;
  readonly queues: QueueAttribution;
}

async function printPath(traceId: string, { path, queues }: TraceAnalysis, options: AnalyzeOptions, io: CliIo): Promise<void> {
  if (options.format === 'json') return printJson(io.stdout, { traceId, criticalPath: path, queues });
  const view = viewOptions(options, io);
  const parts = PATH_VIEWS[options.format].map((show) => show({ path, queues }, view)).filter((part) => part !== '');
  await io.stdout.write(`${view.style.dim(`trace ${traceId}`)}\n${parts.join('\n')}`);
}

type TraceView = (analysis: TraceAnalysis, options: ViewOptions) => string;

const ofPath =
  (show: typeof segmentsView): TraceView =>
  ({ path }, options) =>
    show(path, options);
const waits: TraceView = ({ queues }, options) => queuesView(queues, options);

const PATH_VIEWS: Readonly<Record<ViewName, readonly TraceView[]>> = {
  rich: [ofPath(pathHeaderView), ofPath(segmentsView), ofPath(contributorsView), waits, ofPath(detachedView)],
  'critical-path': [ofPath(pathHeaderView), ofPath(segmentsView)],
  cp: [ofPath(pathHeaderView), ofPath(segmentsView)],
  'end-to-end': [ofPath(pathHeaderView), ofPath(contributorsView)],
  e2e: [ofPath(pathHeaderView), ofPath(contributorsView)],
  queuing: [ofPath(pathHeaderView), waits],
  lineage: [() => 'no lineage: only the rows that tasks write have it\n'],
};

function viewOptions(options: AnalyzeOptions, io: CliIo): ViewOptions {
  return { width: io.stdout.columns, style: textStyle(io.stdout, io.env), top: options.top };
}
