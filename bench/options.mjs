import { parseArgs } from 'node:util';

/**
 * What the command line asks for.
 *
 * @typedef {object} BenchOptions
 * @property {'quick' | 'full'} mode
 * @property {boolean} isFresh - Forgets what earlier runs have measured.
 * @property {readonly string[]} workloads - Ids; empty for all.
 * @property {readonly string[]} variants - Ids besides baseline and control; empty for all.
 * @property {boolean} isProfiled - Starts everspan's worker with `--cpu-prof`.
 * @property {boolean} isStrict - Ends with 1 when a number is missed.
 * @property {number | undefined} pairs - Of every workload, in place of its own number.
 */

/** Printed for `--help` and for what is not understood. */
export const USAGE = `npm run bench -- [options]

  --quick                  under 8 minutes, fewer pairs; without it under 60 minutes
  --only NAME[,NAME…]      these workloads and variants only (untraced and control always run with them)
  --pairs N                N pairs of every workload, however long that takes
  --fresh                  measure again what earlier runs have measured
  --profile                CPU profiles of everspan's worker, in .everspan/bench/profiles
  --strict                 exit 1 when a number is missed
  --list                   the names of workloads and variants`;

/** An argument that is not understood; the message says which, and what there is. */
export class BenchUsageError extends Error {
  /** @override */
  name = 'BenchUsageError';
}

/**
 * The options in `args`.
 *
 * @param {readonly string[]} args
 * @param {{ workloads: readonly string[], variants: readonly string[] }} known - Ids that `--only` may name.
 * @returns {BenchOptions | 'help' | 'list'}
 * @throws BenchUsageError
 */
export function parseOptions(args, known) {
  const values = parse(args);
  if (values.help === true) return 'help';
  if (values.list === true) return 'list';
  const names = (values.only ?? []).flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = names.filter((name) => !known.workloads.includes(name) && !known.variants.includes(name));
  if (unknown.length > 0) {
    throw new BenchUsageError(
      `--only ${unknown.join(',')}: no such workload or variant.\nworkloads: ${known.workloads.join(' ')}\nvariants: ${known.variants.join(' ')}`,
    );
  }
  const pairs = values.pairs === undefined ? undefined : Number(values.pairs);
  if (pairs !== undefined && (!Number.isInteger(pairs) || pairs < 1)) {
    throw new BenchUsageError(`--pairs must be a whole number from 1 on, got ${values.pairs}`);
  }
  return {
    mode: values.quick === true ? 'quick' : 'full',
    isFresh: values.fresh === true,
    workloads: names.filter((name) => known.workloads.includes(name)),
    variants: names.filter((name) => known.variants.includes(name)),
    isProfiled: values.profile === true,
    isStrict: values.strict === true,
    pairs,
  };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        fresh: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        pairs: { type: 'string' },
        profile: { type: 'boolean' },
        strict: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // parseArgs throws for an option it does not know, and says which.
    throw new BenchUsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}
