import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One variant in one round of a workload. CPU is that of its worker, from the round's start until nothing was left to write.
 *
 * @typedef {object} Sample
 * @property {number} value
 * @property {number} [cpuMicros]
 * @property {number} executions
 * @property {number} [flushes] - Flushes on the path of one execution.
 * @property {{ accepted: number, processed: number }} [signals]
 */

/**
 * All that is known of one variant on one workload.
 *
 * @typedef {object} Cell
 * @property {string} workload
 * @property {string} variant
 * @property {string} fingerprint - Of what was measured: a cell of another is forgotten.
 * @property {Record<string, Sample>} rounds - By number.
 * @property {number[]} historyEvents - Of up to 20 executions.
 * @property {number} [spansPerExecution] - Spans that the worker wrote, divided by executions.
 * @property {import('./measure-heap.mjs').HeapPoint[]} [heap]
 * @property {string} [failure] - Why the variant was left out.
 */

const SUFFIX = '.tmp.json';

/** The results so far, one file a cell, so that a run that was stopped goes on where it was. */
export class CellStore {
  /** @readonly */
  #folder;
  /** @readonly */
  #mode;
  /** @readonly */
  #fingerprint;
  /** @readonly @type {Map<string, Cell>} */
  #cells = new Map();

  /**
   * Reads what earlier runs of the same mode have left, as far as they have measured the same thing.
   *
   * @param {string} folder - Made when it is missing.
   * @param {'quick' | 'full' | 'profiled'} mode
   * @param {string} fingerprint
   */
  constructor(folder, mode, fingerprint) {
    this.#folder = folder;
    this.#mode = mode;
    this.#fingerprint = fingerprint;
    mkdirSync(folder, { recursive: true });
    for (const name of this.#fileNames()) {
      const cell = /** @type {Cell} */ (JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (cell.fingerprint === fingerprint) this.#cells.set(keyOf(cell.workload, cell.variant), cell);
    }
  }

  /** How many cells were there, or have come. */
  get size() {
    return this.#cells.size;
  }

  /** Forgets everything of this mode. */
  clear() {
    for (const name of this.#fileNames()) rmSync(join(this.#folder, name));
    this.#cells.clear();
  }

  /** @param {string} workload @param {string} variant @returns {Cell | undefined} */
  find(workload, variant) {
    return this.#cells.get(keyOf(workload, variant));
  }

  /** The cell, made when it is missing. @param {string} workload @param {string} variant @returns {Cell} */
  get(workload, variant) {
    const known = this.find(workload, variant);
    if (known !== undefined) return known;
    /** @type {Cell} */
    const cell = { workload, variant, fingerprint: this.#fingerprint, rounds: {}, historyEvents: [] };
    this.#cells.set(keyOf(workload, variant), cell);
    return cell;
  }

  /** Keeps `cell` for the next run. @param {Cell} cell */
  save(cell) {
    const path = join(this.#folder, `${this.#mode}.${cell.workload}.${cell.variant}${SUFFIX}`);
    // By a rename: a run that is stopped here leaves the old file whole.
    writeFileSync(`${path}.new`, JSON.stringify(cell));
    renameSync(`${path}.new`, path);
  }

  #fileNames() {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder).filter((name) => name.startsWith(`${this.#mode}.`) && name.endsWith(SUFFIX));
  }
}

/**
 * Pairs of two variants' samples, round by round: only rounds that both were in.
 *
 * @param {Cell | undefined} cell
 * @param {Cell | undefined} base
 * @returns {{ sample: Sample, base: Sample }[]}
 */
export function pairsOf(cell, base) {
  if (cell === undefined || base === undefined) return [];
  return Object.entries(cell.rounds).flatMap(([round, sample]) => {
    const other = base.rounds[round];
    return other === undefined ? [] : [{ sample, base: other }];
  });
}

/** @param {string} workload @param {string} variant */
function keyOf(workload, variant) {
  return `${workload} ${variant}`;
}
