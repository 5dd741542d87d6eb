import { formatInterval } from './numbers.mjs';

/**
 * Everything a run has found, as `bench/results/latest.json` holds it.
 *
 * @typedef {object} Report
 * @property {string} date - ISO 8601.
 * @property {'quick' | 'full'} mode
 * @property {import('./machine.mjs').Machine} machine
 * @property {string} server
 * @property {Readonly<Record<string, string>>} versions
 * @property {readonly import('./numbers.mjs').NumberLine[]} numbers
 * @property {readonly import('./summary.mjs').WorkloadSummary[]} workloads
 * @property {readonly { kind: string, codeBytes: number, wholeBytes: number }[]} bundles
 */

/**
 * `report` in Markdown: the numbers with their verdicts, then what they are made of.
 *
 * @param {Report} report
 * @returns {string}
 */
export function toMarkdown(report) {
  const { machine, versions } = report;
  return `${[
    `Measured on ${report.date.slice(0, 10)} (${report.mode}) on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}; ${Object.entries(
      versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}. Server: ${report.server}.`,
    ...overview(report),
    ...numbersTable(report),
    ...report.workloads.flatMap(workloadTable),
    ...bundleTable(report),
  ].join('\n')}\n`;
}

/** The few columns that most readers want. @param {Report} report */
function overview({ workloads }) {
  const shown = workloads.filter(({ baseline }) => baseline === 'untraced');
  if (shown.length === 0) return [];
  const ids = [...new Set(shown.flatMap(({ variants }) => variants.map(({ id }) => id)))];
  const rows = ids.map((id) => {
    const cells = shown.map((workload) => {
      const variant = workload.variants.find((one) => one.id === id);
      if (variant === undefined) return '';
      if (variant.value === undefined) return variant.failure ?? '';
      const events = variant.historyEvents === undefined ? '' : ` (${variant.historyEvents})`;
      return `${formatValue(variant.value)}${events}`;
    });
    return row([id, ...cells]);
  });
  return [
    '',
    '### Medians, history events in brackets',
    '',
    row(['', ...shown.map(({ title, unit }) => `${title}, ${unit}`)]),
    row(['---', ...shown.map(() => '---:')]),
    ...rows,
  ];
}

/** @param {Report} report */
function numbersTable({ numbers }) {
  return [
    '',
    '### Numbers to reach',
    '',
    row(['number', 'target', 'measured [95 % interval]', 'control', '']),
    row(['---', '---', '---', '---', '---']),
    ...numbers.map((line) => row([line.text, line.target, line.measured, line.control, line.verdict])),
  ];
}

/** @param {import('./summary.mjs').WorkloadSummary} workload */
function workloadTable({ title, unit, baseline, variants }) {
  return [
    '',
    `### ${title}`,
    '',
    row(['', unit, `ratio to ${baseline} [95 %]`, 'history events', 'CPU µs per span [95 %]', 'more']),
    row(['---', '---:', '---', '---:', '---', '---']),
    ...variants.map((variant) =>
      row([
        variant.id,
        variant.value === undefined ? '' : formatValue(variant.value),
        variant.id === baseline ? '' : formatInterval(variant.ratio),
        variant.historyEvents === undefined ? '' : `${variant.historyEvents}`,
        variant.id === baseline ? '' : formatInterval(variant.cpuMicrosPerSpan, 0),
        remarks(variant),
      ]),
    ),
  ];
}

/** @param {import('./summary.mjs').VariantSummary} variant */
function remarks({ failure, flushes, signals, heapBytesPerWorkflow, spansPerExecution }) {
  return [
    failure,
    flushes === undefined ? undefined : `${flushes} flushes on the path`,
    signals === undefined ? undefined : `${signals.accepted} accepted, ${signals.processed} processed`,
    heapBytesPerWorkflow === undefined ? undefined : `${formatInterval(heapBytesPerWorkflow, 0, '', 'points')} bytes a workflow`,
    spansPerExecution === undefined ? undefined : `${Number(spansPerExecution.toFixed(1))} spans`,
  ]
    .filter((remark) => remark !== undefined)
    .join('; ');
}

/** @param {Report} report */
function bundleTable({ bundles }) {
  return [
    '',
    '### Workflow bundle, bytes',
    '',
    row(['', 'code', 'with source map']),
    row(['---', '---:', '---:']),
    ...bundles.map(({ kind, codeBytes, wholeBytes }) =>
      row([kind, codeBytes.toLocaleString('en'), wholeBytes.toLocaleString('en')]),
    ),
  ];
}

/** @param {number} value */
function formatValue(value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** @param {readonly string[]} cells */
function row(cells) {
  return `| ${cells.join(' | ')} |`;
}
