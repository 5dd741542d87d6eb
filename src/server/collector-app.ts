import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Accounts } from './accounts.js';
import type { CollectorParts } from './collector-parts.js';
import { errorResponse, toCollectorError } from './error-answer.js';
import { CollectorError } from './errors.js';
import { checkOrigin } from './origin.js';
import { parseQuery, type Route, type RouteRequest } from './route.js';

/** Where failures of the collector itself are told; `console` is one. */
export interface CollectorLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** What the app needs besides what its routes share. */
export interface CollectorAppOptions {
  readonly accounts: Accounts;
  readonly logger: CollectorLogger;
  readonly routes: readonly Route[];
}

/** The collector as an application of hono: every route mounted, every failure an answer of one shape. */
export function collectorApp(parts: CollectorParts, { accounts, logger, routes }: CollectorAppOptions): Hono {
  const app = new Hono();
  for (const mounted of routes) {
    app.on(mounted.method, honoPath(mounted.path), async (c) => {
      const startedAt = performance.now();
      const params = c.req.param() as Readonly<Record<string, string>>;
      const context = { accounts, logger, stopping: parts.stopping, disconnect: disconnectOf(c.env) };
      const response = await answered(mounted, c.req.raw, params, context);
      parts.budget.release(c.req.raw);
      parts.metrics.add('everspan_collector_requests_total', requestLabels(mounted, response));
      parts.metrics.observeRequest(mounted.path, (performance.now() - startedAt) / 1_000);
      return response;
    });
  }
  const paths = new Map<string, string[]>();
  for (const { path, method } of routes) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, methods] of paths) {
    app.all(honoPath(path), () => {
      const error = new CollectorError(405, 'METHOD_NOT_ALLOWED', `this path takes ${methods.join(', ')}`);
      const response = errorResponse(error);
      response.headers.set('allow', methods.join(', '));
      return response;
    });
  }
  app.notFound(() => errorResponse(new CollectorError(404, 'NOT_FOUND', 'there is nothing at this path; see /openapi.json')));
  app.onError((error) => failure(error, logger));
  return app;
}

interface AnswerContext {
  readonly accounts: Accounts;
  readonly logger: CollectorLogger;
  readonly stopping: AbortSignal;
  readonly disconnect: (() => void) | undefined;
}

async function answered(
  mounted: Route,
  raw: Request,
  params: Readonly<Record<string, string>>,
  { accounts, logger, stopping, disconnect }: AnswerContext,
): Promise<Response> {
  try {
    if (!accounts.hasKeys) checkOrigin(raw);
    if (stopping.aborted && !mounted.isOpen) {
      throw new CollectorError(503, 'STOPPING', 'the collector is stopping', { retryAfterSeconds: 1 });
    }
    const url = new URL(raw.url);
    const scope = mounted.isOpen ? { accountId: '' } : accounts.scopeOf(raw.headers);
    const request: RouteRequest<unknown> = { raw, url, params, query: parseQuery(mounted.query, url), scope, disconnect };
    return await mounted.answer(request);
  } catch (error) {
    return failure(error, logger);
  }
}

/** What hono's server for Node gives beside a request; nothing where the application is called without one. */
function disconnectOf(env: unknown): (() => void) | undefined {
  const outgoing = (env as Partial<HttpBindings> | undefined)?.outgoing;
  return outgoing === undefined ? undefined : () => outgoing.destroy();
}

function failure(error: unknown, logger: CollectorLogger): Response {
  const refusal = toCollectorError(error);
  if (refusal.status >= 500 && refusal.code !== 'STOPPING') logger.error(`everspan collector: ${described(refusal)}`);
  return errorResponse(refusal);
}

function described(error: CollectorError): string {
  const { cause } = error;
  const reason = cause instanceof Error ? (error.code === 'INTERNAL' ? (cause.stack ?? cause.message) : cause.message) : '';
  return `${error.code}: ${error.message}${reason === '' ? '' : `: ${reason}`}`;
}

function requestLabels(mounted: Route, response: Response): Record<string, string> {
  return { method: mounted.method, route: mounted.path, status: String(response.status) };
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
