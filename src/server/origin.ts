import { isIP } from 'node:net';
import { CollectorError } from './errors.js';

/** Whether `host`, a name or an address, is this machine and no other. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name.startsWith('::ffff:127.');
}

/**
 * Refuses what a web page of another site sends: where no key is asked for, the address alone lets a request in, and a browser on
 * this machine has that address too.
 *
 * @throws CollectorError 403 `FOREIGN_ORIGIN`.
 */
export function checkOrigin(request: Request): void {
  const { host, hostname } = new URL(request.url);
  // A name that somebody else's DNS points here.
  if (!isLoopback(hostname)) {
    throw new CollectorError(403, 'FOREIGN_ORIGIN', 'without keys the collector answers to localhost and 127.0.0.1 only');
  }
  const origin = request.headers.get('origin');
  if (origin === null) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) {
    throw new CollectorError(403, 'FOREIGN_ORIGIN', 'without keys the collector takes nothing from pages of other origins');
  }
}
