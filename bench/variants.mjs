/**
 * One way of tracing: what its worker and its client are made of.
 *
 * @typedef {object} Variant
 * @property {string} id - Also its task queue, its files' name, and a name for `--only`.
 * @property {string} title
 * @property {'untraced' | 'everspan' | 'otel-v1' | 'otel-v2' | 'awaited'} tracing
 * @property {'auto' | 'remote'} [delivery] - Everspan's option; its default where absent.
 * @property {'direct' | 'activity' | 'background' | 'record'} [closing] - Everspan's option; its default where absent.
 * @property {number} [httpDelayMs] - Spans go over HTTP, to a server that answers after that long, instead of to a file.
 * @property {number} [maxCachedWorkflows]
 * @property {boolean} [isHeapProbed] - Runs with what it takes to read the heaps of all its threads.
 */

/** The second untraced worker is the control: what it differs by from the first is the machine's doing. */
export const BASELINE = 'untraced';
export const CONTROL = 'control';

/** @type {readonly Variant[]} */
const VARIANTS = [
  { id: BASELINE, title: 'untraced', tracing: 'untraced' },
  { id: CONTROL, title: 'untraced, a second worker (control)', tracing: 'untraced' },
  { id: 'everspan-auto', title: 'everspan, as it comes', tracing: 'everspan' },
  { id: 'everspan-remote', title: 'everspan, delivery remote', tracing: 'everspan', delivery: 'remote' },
  { id: 'closing-direct', title: 'everspan, closing direct', tracing: 'everspan', closing: 'direct' },
  { id: 'closing-activity', title: 'everspan, closing activity', tracing: 'everspan', closing: 'activity' },
  { id: 'closing-background', title: 'everspan, closing background', tracing: 'everspan', closing: 'background' },
  { id: 'closing-record', title: 'everspan, closing record', tracing: 'everspan', closing: 'record' },
  { id: 'otel-v1', title: 'OpenTelemetry interceptors v1', tracing: 'otel-v1' },
  { id: 'otel-v2', title: 'OpenTelemetry interceptors v2', tracing: 'otel-v2' },
  { id: 'awaited', title: 'one START and one END awaited per span', tracing: 'awaited' },

  { id: 'http-0', title: 'everspan, HTTP processor of 0 ms', tracing: 'everspan', httpDelayMs: 0 },
  { id: 'http-0-control', title: 'the same, a second worker (control)', tracing: 'everspan', httpDelayMs: 0 },
  { id: 'http-5', title: 'everspan, HTTP processor of 5 ms', tracing: 'everspan', httpDelayMs: 5 },

  { id: 'outage-healthy', title: 'everspan, HTTP processor, healthy', tracing: 'everspan', httpDelayMs: 0 },
  { id: 'outage-control', title: 'the same, a second worker (control)', tracing: 'everspan', httpDelayMs: 0 },
  { id: 'outage-hang', title: 'everspan, HTTP processor that hangs', tracing: 'everspan', httpDelayMs: 0 },
  { id: 'outage-503', title: 'everspan, HTTP processor that answers 503', tracing: 'everspan', httpDelayMs: 0 },

  {
    id: 'heap-control',
    title: 'untraced, cache of 50 (control)',
    tracing: 'untraced',
    maxCachedWorkflows: 50,
    isHeapProbed: true,
  },
  { id: 'heap-everspan', title: 'everspan, cache of 50', tracing: 'everspan', maxCachedWorkflows: 50, isHeapProbed: true },
];

/** Ids in the order in which tables show them. */
export const VARIANT_IDS = VARIANTS.map(({ id }) => id);

/**
 * The variant called `id`.
 *
 * @param {string} id - One of `VARIANT_IDS`.
 * @returns {Variant}
 */
export function variantOf(id) {
  const found = VARIANTS.find((variant) => variant.id === id);
  if (found === undefined) throw new RangeError(`no variant ${id}`);
  return found;
}
