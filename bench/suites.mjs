/**
 * A benchmark: a program that takes options, prints what it found and writes it into `bench/results`; it ends with 0 whatever it finds,
 * with `--strict` with 1 when a number is missed.
 *
 * @typedef {object} Suite
 * @property {string} program - Relative to the repository.
 * @property {Parameters<typeof import('../scripts/server-environment.mjs').provideServers>[0]['names']} servers - What it cannot do without.
 */

/** What `npm run bench` runs where no suite is named. */
export const DEFAULT_SUITE = 'tracing';

/** By name: `npm run bench -- NAME… [options]`. @type {ReadonlyMap<string, Suite>} */
export const SUITES = new Map([
  [DEFAULT_SUITE, { program: 'bench/main.mjs', servers: ['temporal'] }],
  ['store', { program: 'bench/store/main.mjs', servers: ['postgres'] }],
  ['analysis', { program: 'bench/analysis/main.mjs', servers: [] }],
  ['operations', { program: 'bench/operations/main.mjs', servers: ['redis'] }],
]);

/**
 * The suites that `args` names, and the rest of it: names come first, and what begins with a dash ends them.
 *
 * @param {readonly string[]} args
 * @returns {{ suites: readonly Suite[], unknown: readonly string[], options: readonly string[] }}
 */
export function chooseSuites(args) {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const named = firstOption === -1 ? args : args.slice(0, firstOption);
  const names = named.length === 0 ? [DEFAULT_SUITE] : [...new Set(named)];
  return {
    suites: names.map((name) => SUITES.get(name)).filter((suite) => suite !== undefined),
    unknown: names.filter((name) => !SUITES.has(name)),
    options: firstOption === -1 ? [] : args.slice(firstOption),
  };
}
