import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { type AccountKeys, Accounts } from './accounts.js';
import { CollectorError } from './errors.js';
import { isLoopback } from './origin.js';

/**
 * Finds out whether a collector may listen there, before anything is made for it: the address is taken for a moment and given back.
 *
 * @throws CollectorError `INVALID_OPTIONS` for keys that are none, `KEYS_REQUIRED`, `ADDRESS_IN_USE`; what the system says of the address.
 */
export async function checkAddress(options: {
  readonly host: string;
  readonly port: number;
  readonly keys: readonly AccountKeys[];
}): Promise<void> {
  const { host, port, keys } = options;
  checkHost(host, new Accounts(keys));
  const server = createServer().listen({ host, port });
  await listening(server, host, port);
  server.close();
  await once(server, 'close');
}

/** @throws CollectorError `KEYS_REQUIRED` for an address beyond this machine without keys. */
export function checkHost(host: string, accounts: Pick<Accounts, 'hasKeys'>): void {
  if (accounts.hasKeys || isLoopback(host)) return;
  const message = `without keys the collector listens on this machine only: give it keys, or 127.0.0.1 instead of ${host}`;
  throw new CollectorError(500, 'KEYS_REQUIRED', message);
}

/** Waits until `server` listens. @throws CollectorError `ADDRESS_IN_USE`. */
export async function listening(server: Server, host: string, port: number): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new CollectorError(500, 'ADDRESS_IN_USE', `${host}:${port} is taken by another program`, { cause: error });
  }
}
