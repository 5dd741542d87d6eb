import { Argument, type Command, Option } from 'commander';
import type { CliIo } from './cli-io.js';
import { EXPORT_FORMATS, type ExportFormat } from '../export/export-format.js';
import type { ArtefactType } from '../store/artefact-store.js';
import { parseCount, parseDurationMicros, parseMomentMicros } from './parse-values.js';
import { addSourceOptions } from './source-options.js';
import type { AnalyzeOptions } from './trace-analyze.js';
import type { CompareOptions } from './trace-compare.js';
import type { ExportCommandOptions } from './trace-export.js';
import type { FetchOptions } from './trace-fetch.js';
import type { ListOptions } from './trace-list.js';
import type { ShowOptions } from './trace-show.js';
import type { TailOptions } from './trace-tail.js';

const STATUSES = ['RUNNING', 'OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN'];
const ID = '<id>';
const ID_MEANING = 'trace id, or workflow id for its newest trace';

/** The group `everspan trace`. */
export function addTraceCommands(program: Command, io: CliIo): void {
  const trace = program.command('trace').description('read traces');
  addList(trace, io);
  addShow(trace, io);
  addFetch(trace, io);
  addAnalyze(trace, io);
  addCompare(trace, io);
  addExport(trace, io);
  addTail(trace, io);
}

function addList(trace: Command, io: CliIo): void {
  const command = trace
    .command('list')
    .description('list traces, newest first')
    .option('--workflow <id>', 'of this workflow')
    .option('--name <name>', 'whose workflow, or else root, has this name')
    .addOption(new Option('--status <status>', 'whose workflow, or else root, has this status').choices(STATUSES))
    .option('--service <name>', 'of this service')
    .option('--since <time>', 'started at or after: ISO 8601, or how long ago (2h)', (text) => parseMomentMicros(text))
    .option('--until <time>', 'started before', (text) => parseMomentMicros(text))
    .option('--min-duration <length>', 'that took at least (500ms, 2s, 3h)', parseDurationMicros)
    .option('--max-duration <length>', 'that took at most', parseDurationMicros)
    .option('--open', 'with spans that are open')
    .option('--no-open', 'without')
    .option('--errors', 'with spans that failed')
    .option('--no-errors', 'without')
    .option('--calls', "that are no more than a client's call: a signal, a query, an update")
    .option('--no-calls', 'without')
    .option('--oldest', 'oldest first')
    .option('--limit <count>', 'at most so many', parseCount, 20)
    .option('--cursor <cursor>', 'the page behind, as the page before named it')
    .addOption(formatOption(['table', 'json']));
  addSourceOptions(command).action(async (options: ListOptions) => {
    const { listTraces } = await import('./trace-list.js');
    await listTraces(options, io);
  });
}

function addShow(trace: Command, io: CliIo): void {
  const command = trace
    .command('show')
    .description('show a trace as a tree with its times')
    .argument(ID, ID_MEANING)
    .option('--column <attribute...>', 'show these attributes as well, one column each')
    .addOption(formatOption(['tree', 'json', 'jsonl']));
  addSourceOptions(command).action(async (id: string, options: ShowOptions) => {
    const { showTrace } = await import('./trace-show.js');
    await showTrace(id, options, io);
  });
}

function addFetch(trace: Command, io: CliIo): void {
  const command = trace
    .command('fetch')
    .description("fetch the rows that a workflow's tasks wrote, as JSONL")
    .addArgument(new Argument('<type>', 'which rows').choices(['spans', 'assets', 'lineage']))
    .argument('<workflow-id>', 'whose')
    .option('-o, --output <file>', 'write to this file instead of stdout');
  addSourceOptions(command).action(async (type: ArtefactType, workflowId: string, options: FetchOptions) => {
    const { fetchRows } = await import('./trace-fetch.js');
    await fetchRows(type, workflowId, options, io);
  });
}

function addAnalyze(trace: Command, io: CliIo): void {
  const command = trace
    .command('analyze')
    .description('say where the time of a workflow went, and what waited for what')
    .argument('<workflow-id>', 'workflow id, or trace id; a folder is taken whole')
    .addOption(formatOption(['rich', 'critical-path', 'cp', 'end-to-end', 'e2e', 'queuing', 'lineage', 'json']))
    .addOption(
      new Option(
        '--by <rows>',
        'by the rows that tasks wrote, or by the spans of the trace (default: what is there, tasks first)',
      ).choices(['tasks', 'spans']),
    )
    .option('--top <count>', 'lines of each table and tree', parseCount, 20);
  addSourceOptions(command).action(async (id: string, options: AnalyzeOptions) => {
    const { analyzeTrace } = await import('./trace-analyze.js');
    await analyzeTrace(id, options, io);
  });
}

function addCompare(trace: Command, io: CliIo): void {
  const command = trace
    .command('compare')
    .description('say how one trace differs from another, step by step')
    .argument('<before>', ID_MEANING)
    .argument('<after>', ID_MEANING)
    .addOption(formatOption(['text', 'json']))
    .option('--top <count>', 'lines of each table', parseCount, 20);
  addSourceOptions(command).action(async (before: string, after: string, options: CompareOptions) => {
    const { compareTwo } = await import('./trace-compare.js');
    await compareTwo(before, after, options, io);
  });
}

function addExport(trace: Command, io: CliIo): void {
  const formats = Object.entries(EXPORT_FORMATS).map(([name, { description }]) => `  ${name.padEnd(8)} ${description}`);
  const command = trace
    .command('export')
    .description('write traces in a format that other programs open')
    .argument('<id...>', ID_MEANING)
    .addOption(formatOption(Object.keys(EXPORT_FORMATS) as ExportFormat[], 'otlp'))
    .option('-o, --output <file>', 'write to this file instead of stdout')
    .option('--open', 'open spans too (default but for otlp, jaeger and zipkin)')
    .option('--no-open', 'only spans that have ended')
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}`);
  addSourceOptions(command).action(async (ids: string[], options: ExportCommandOptions) => {
    const { exportTraces } = await import('./trace-export.js');
    await exportTraces(ids, options, io);
  });
}

function addTail(trace: Command, io: CliIo): void {
  const command = trace
    .command('tail')
    .description('show spans as they start and end, until Ctrl-C')
    .argument('[id]', `only of this trace: ${ID_MEANING}`)
    .option('--all', 'begin with all that is there already')
    .option('--count <count>', 'end after so many', parseCount)
    .addOption(formatOption(['text', 'jsonl']));
  addSourceOptions(command).action(async (id: string | undefined, options: TailOptions) => {
    const { tailTraces } = await import('./trace-tail.js');
    await tailTraces(id, options, io);
  });
}

/** `-f, --format` with its values; the first one unless `preset` names another. */
export function formatOption(formats: readonly string[], preset: string = formats[0] as string): Option {
  return new Option('-f, --format <format>', 'how to write it').choices(formats).default(preset);
}
