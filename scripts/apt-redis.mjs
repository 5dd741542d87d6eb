import { installWithApt } from './apt-package.mjs';
import { findOnPath } from './executable.mjs';

/**
 * Installs Debian's `redis-server` without starting its service; false where this user may not, or it failed within a day.
 *
 * @returns {Promise<boolean>}
 */
export async function installRedisWithApt() {
  return installWithApt('redis-server', () => findOnPath('redis-server') !== undefined);
}
