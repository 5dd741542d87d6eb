import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import type { TraceStore } from '../store/trace-store.js';
import { type AccountKeys, Accounts } from './accounts.js';
import { BodyBudget } from './body-budget.js';
import { ChangeBell } from './change-bell.js';
import { checkHost, listening } from './check-address.js';
import { collectorApp, type CollectorLogger } from './collector-app.js';
import type { CollectorParts } from './collector-parts.js';
import { COLLECTOR_LIMITS, type CollectorLimits } from './limits.js';
import { CollectorMetrics } from './metrics.js';
import { collectorRoutes } from './routes.js';

const IDLE_CHECK_MS = 20;

/** What a collector is made of. The store stays the caller's: it is not closed with the collector. */
export interface CollectorOptions {
  readonly store: TraceStore;
  /** Who may ask; none: everybody on this machine, and nobody else. */
  readonly keys?: readonly AccountKeys[];
  readonly limits?: Partial<CollectorLimits>;
  /** Default: `console`. */
  readonly logger?: CollectorLogger;
}

export interface ListenOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
}

/** A collector that takes requests. */
export interface ListeningCollector {
  /** E.g. `http://127.0.0.1:4320`. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more requests, ends live answers, waits for the requests under way (at most `limits.stopMs`), then closes every
   * connection. What was acknowledged before is in the store. Twice is once.
   */
  close(): Promise<void>;
}

export interface Collector {
  /** The application, for who has a server of their own, and for tests without sockets. */
  readonly app: Hono;
  /** @throws CollectorError `KEYS_REQUIRED` for an address beyond this machine without keys, `ADDRESS_IN_USE`. */
  listen(options?: ListenOptions): Promise<ListeningCollector>;
}

/** A collector over `options.store`; it does nothing until `listen`. @throws CollectorError `INVALID_OPTIONS`. */
export function createCollector(options: CollectorOptions): Collector {
  const accounts = new Accounts(options.keys ?? []);
  const limits = { ...COLLECTOR_LIMITS, ...options.limits };
  const stop = new AbortController();
  const parts: CollectorParts = {
    store: options.store,
    limits,
    metrics: new CollectorMetrics(),
    bell: new ChangeBell(options.store),
    budget: new BodyBudget(limits.heldBytes),
    stopping: stop.signal,
    now: Date.now,
  };
  const logger = options.logger ?? console;
  const app = collectorApp(parts, { accounts, logger, routes: collectorRoutes(parts) });
  return {
    app,
    listen: async ({ host = '127.0.0.1', port = 0 } = {}) => {
      checkHost(host, accounts);
      const server = startServer(app, limits, host, port);
      await listening(server, host, port);
      const address = server.address() as AddressInfo;
      const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      let closing: Promise<void> | undefined;
      return {
        url: `http://${shownHost}:${address.port}`,
        port: address.port,
        close: () => (closing ??= close(server, stop, limits.stopMs)),
      };
    },
  };
}

function startServer(app: Hono, limits: CollectorLimits, hostname: string, port: number): Server {
  return serve({
    fetch: app.fetch,
    hostname,
    port,
    overrideGlobalObjects: false,
    serverOptions: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: Math.min(limits.requestMs, 20_000),
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 10_000,
      connectionsCheckingInterval: 5_000,
    },
  }) as Server;
}

async function close(server: Server, stop: AbortController, stopMs: number): Promise<void> {
  stop.abort();
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  // A connection whose last answer ends from now on would be kept for the next request.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const patience = setTimeout(() => server.closeAllConnections(), stopMs);
  await closed;
  clearInterval(idle);
  clearTimeout(patience);
}
