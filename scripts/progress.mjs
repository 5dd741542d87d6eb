const TICK_MS = 15_000;

/**
 * What `work` gives, with a line when it starts, one every 15 s while it runs, and one with the seconds when it has ended.
 *
 * @template T
 * @param {string} label - What is done, as in "install dependencies".
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(label, work) {
  const startedAtMs = Date.now();
  const elapsed = () => `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
  say(`${label} …`);
  const ticker = setInterval(() => say(`${label} … ${elapsed()}`), TICK_MS);
  try {
    const result = await work();
    say(`${label}: done in ${elapsed()}`);
    return result;
  } catch (error) {
    say(`${label}: failed after ${elapsed()}`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

/**
 * Prints one line of what the set-up does; to standard error, so that a program's own output stays clean.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`[everspan] ${line}\n`);
}
