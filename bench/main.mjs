/** The benchmark; see README.md beside it. `npm run bench` builds everything, finds a server and calls it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { contentHash } from '../scripts/content-hash.mjs';
import { repositoryRoot } from '../scripts/repository-root.mjs';
import { makeBundles } from './bundles.mjs';
import { CellStore } from './cells.mjs';
import { Fleet } from './fleet.mjs';
import { describeMachine, installedVersions } from './machine.mjs';
import { judgeNumbers } from './numbers.mjs';
import { BenchUsageError, parseOptions, USAGE } from './options.mjs';
import { toMarkdown } from './report.mjs';
import { runWorkload } from './run-workload.mjs';
import { provideTemporalServer } from './server.mjs';
import { summarizeWorkload } from './summary.mjs';
import { VARIANT_IDS } from './variants.mjs';
import { WORKLOAD_IDS, WORKLOADS } from './workloads.mjs';

const RESULTS = join(repositoryRoot, 'bench', 'results');
/** Ignored by git, and on the disk of the repository: a folder for temporary files may be memory, where a sync costs nothing. */
const SCRATCH = join(repositoryRoot, '.everspan', 'bench');
const TOTAL_MS_MAX = { quick: 7.5 * 60_000, full: 57 * 60_000 };
/** What changes a measurement when it changes. */
const MEASURED = ['dist', 'package-lock.json', ...moduleNames().map((name) => `bench/${name}.mjs`)];

const startedMs = performance.now();
/** @type {Promise<void> | undefined} */
let stopping;
const options = readOptions();
// Before anything asks for a runtime of its own.
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const server = await provideTemporalServer(process.env);
if (server === undefined) {
  console.error('the benchmark needs the `temporal` program or a running server: set TEMPORAL_CLI_PATH or TEMPORAL_ADDRESS');
  process.exit(1);
}
const machine = describeMachine();
const versions = installedVersions();
const fingerprint = contentHash(MEASURED) + machine.node;
// A profiled worker is slower: its results are kept apart, and are nobody's.
const cells = new CellStore(RESULTS, options.isProfiled ? 'profiled' : options.mode, fingerprint);
if (options.isFresh) cells.clear();
say(`${options.mode}, ${machine.cores} cores, Node ${machine.node}`);
for (const [name, version] of Object.entries(versions)) say(`${name} ${version}`);
if (cells.size > 0) say(`going on with ${cells.size} cells of an earlier run; --fresh forgets them`);

const scratch = join(SCRATCH, `run-${process.pid}`);
const profileFolder = options.isProfiled ? join(SCRATCH, 'profiles') : undefined;
mkdirSync(scratch, { recursive: true });
const bundles = await makeBundles(['untraced', 'everspan', 'otel-v1', 'otel-v2', 'awaited'], scratch);
const fleet = new Fleet({ address: server.address, folder: scratch, bundles, profileFolder });
process.once('SIGINT', () => void stop(130));
process.once('SIGTERM', () => void stop(143));

const chosen = WORKLOADS.filter(({ id }) => options.workloads.length === 0 || options.workloads.includes(id));
const deadlineMs = options.pairs === undefined ? startedMs + TOTAL_MS_MAX[options.mode] : Number.POSITIVE_INFINITY;
try {
  for (const workload of chosen) {
    say(`${workload.id} …`);
    await runWorkload({ fleet, cells, options, deadlineMs, say }, workload);
    // Those that are of one workload alone go; the others stay warm.
    await fleet.stopOthers(VARIANT_IDS.filter((id) => !/^(?:http|outage|heap)-/.test(id)));
  }
} catch (error) {
  // While it is being stopped, whatever is still asked of a worker fails.
  if (stopping === undefined) console.error(error);
  await stop(1);
}

const workloads = WORKLOADS.map((workload) => summarizeWorkload(workload, cells)).filter((summary) => summary !== undefined);
const isPartial = options.workloads.length > 0 || options.variants.length > 0;
// Of a run over a choice, what was not asked for is no news.
const numbers = judgeNumbers({ workloads, cells, bundles }).filter(({ verdict }) => !isPartial || verdict !== 'not measured');
/** @type {import('./report.mjs').Report} */
const report = {
  date: new Date().toISOString(),
  mode: options.mode,
  machine,
  server: server.description,
  versions,
  numbers,
  workloads,
  bundles: [...bundles].map(([kind, { codeBytes, wholeBytes }]) => ({ kind, codeBytes, wholeBytes })),
};
if (profileFolder === undefined) {
  writeFileSync(join(RESULTS, 'latest.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(RESULTS, 'latest.md'), toMarkdown(report));
}
process.stdout.write(toMarkdown(report));
await stop(options.isStrict && numbers.some(({ verdict }) => verdict === 'missed') ? 1 : 0);

function readOptions() {
  try {
    const parsed = parseOptions(process.argv.slice(2), { workloads: WORKLOAD_IDS, variants: VARIANT_IDS });
    if (typeof parsed !== 'string') return parsed;
    console.log(parsed === 'help' ? USAGE : `workloads: ${WORKLOAD_IDS.join(' ')}\nvariants: ${VARIANT_IDS.join(' ')}`);
    return process.exit(0);
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error;
    console.error(error.message);
    return process.exit(2);
  }
}

/** Of those that decide what is measured; how it is told may change under results that are there. */
function moduleNames() {
  return [
    'activities',
    'awaited-activities',
    'awaited-interceptors',
    'awaited-span',
    'awaited-tracing',
    'everspan-tracing',
    'fleet',
    'measure-heap',
    'measures',
    'otel-row-exporter',
    'otel-tracing',
    'run-workload',
    'span-server',
    'variants',
    'worker-main',
    'workflows',
    'workloads',
  ];
}

/** @param {string} line */
function say(line) {
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  process.stderr.write(`[bench ${minutes} min] ${line}\n`);
}

/** Ends everything, once; a second call waits for the first. @param {number} exitCode */
function stop(exitCode) {
  stopping ??= (async () => {
    await fleet.stop();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
    process.exit(exitCode);
  })();
  return stopping;
}
