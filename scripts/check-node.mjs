export const NODE_VERSION_MIN = '20.20.0';

/**
 * One line that says what to do, when `version` is older than everspan runs on.
 *
 * @param {string} version - Such as `20.20.2`.
 * @returns {string | undefined}
 */
export function nodeTooOldLine(version) {
  const found = version.split('.').map(Number);
  const wanted = NODE_VERSION_MIN.split('.').map(Number);
  const differing = wanted.findIndex((number, index) => number !== found[index]);
  if (differing === -1 || (found[differing] ?? 0) > (wanted[differing] ?? 0)) return undefined;
  return `everspan needs Node ${NODE_VERSION_MIN} or newer, and this is ${version}: install it (with nvm: nvm install), then run this again`;
}
