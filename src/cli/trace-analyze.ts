import type { Profile } from '../analysis/profile-accumulator.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import { oneLine } from '../export/display-width.js';
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
import { type SourceOptions, withSource } from './source-options.js';
import { textStyle } from './text-style.js';

export interface AnalyzeOptions extends SourceOptions {
  readonly format: 'rich' | 'critical-path' | 'cp' | 'end-to-end' | 'e2e' | 'queuing' | 'lineage' | 'json';
  readonly top: number;
}

/** `everspan trace analyze`. */
export async function analyzeTrace(id: string, options: AnalyzeOptions, io: CliIo): Promise<void> {
  const profile = await withSource(options, io, (source) => source.profile(id));
  if (profile === undefined) throw new CliError('NOT_FOUND', `nothing of ${id}`);
  await printProfile(profile, options, io);
}

async function printProfile(profile: Profile, options: AnalyzeOptions, io: CliIo): Promise<void> {
  for (const cycle of profile.lineageCycles) {
    await io.stderr.write(
      `everspan: the lineage goes in a circle, which was cut: ${oneLine([...cycle, cycle[0]].join(' ← '))}\n`,
    );
  }
  if (options.format === 'json') return printJson(io.stdout, profile.summary);
  const view: ViewOptions = { width: io.stdout.columns, style: textStyle(io.stdout, io.env), top: options.top };
  const show = PROFILE_VIEWS[options.format];
  await io.stdout.write(show(profile.summary, view));
}

const PROFILE_VIEWS: Readonly<Record<Exclude<AnalyzeOptions['format'], 'json'>, typeof headerView>> = {
  rich: richView,
  'critical-path': criticalPathView,
  cp: criticalPathView,
  'end-to-end': (summary, options) => `${headerView(summary, options)}\n${endToEndView(summary, options)}`,
  e2e: (summary, options) => `${headerView(summary, options)}\n${endToEndView(summary, options)}`,
  queuing: queuingView,
  lineage: lineageView,
};
