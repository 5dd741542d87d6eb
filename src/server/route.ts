import { z } from 'zod';
import type { StoreScope } from '../store/span-store.js';
import { CollectorError } from './errors.js';

/** A request as a route sees it: its key and its query checked, its body not yet read. */
export interface RouteRequest<Query> {
  readonly raw: Request;
  readonly url: URL;
  /** Parts of the path, by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly scope: StoreScope;
  /** Tears the connection down, where there is one: how an answer that has begun says that it cannot be ended. */
  readonly disconnect: (() => void) | undefined;
}

/** One answer of a route, for the description. */
export interface RouteAnswer {
  readonly status: number;
  readonly description: string;
  /** Default: JSON. */
  readonly contentType?: string;
  readonly schema?: z.ZodType;
}

/** One call of the collector: what it is, and who answers it. What is mounted is what `/openapi.json` describes. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** As OpenAPI writes it: `/v5/spans/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** Answered without a key. */
  readonly isOpen: boolean;
  readonly query: z.ZodObject;
  readonly body?: { readonly contentTypes: readonly string[]; readonly schema?: z.ZodType };
  readonly answers: readonly RouteAnswer[];
  readonly answer: (request: RouteRequest<unknown>) => Promise<Response> | Response;
}

/** A route whose handler knows the type of its query. */
export function route<Query extends z.ZodObject>(
  definition: Omit<Route, 'answer' | 'query' | 'isOpen'> & {
    readonly isOpen?: boolean;
    readonly query: Query;
    readonly answer: (request: RouteRequest<z.infer<Query>>) => Promise<Response> | Response;
  },
): Route {
  const { answer, isOpen = false, ...rest } = definition;
  return { ...rest, isOpen, answer: (request) => answer(request as RouteRequest<z.infer<Query>>) };
}

/** No query is read; what is sent all the same is left alone. */
export const NO_QUERY = z.object({});

/** @throws CollectorError `INVALID_QUERY` with the parameter's name. */
export function parseQuery(schema: z.ZodObject, url: URL): unknown {
  const parsed = schema.safeParse(Object.fromEntries(url.searchParams));
  if (parsed.success) return parsed.data;
  throw new CollectorError(400, 'INVALID_QUERY', `the query is not valid: ${describeIssues(parsed.error)}`);
}

/** What is wrong, field by field; at most three, in one line. */
export function describeIssues(error: z.ZodError): string {
  const lines = error.issues.slice(0, 3).map((issue) => {
    const path = issue.path.map(String).join('.').slice(0, 120);
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  const more = error.issues.length - lines.length;
  return `${lines.join('; ')}${more > 0 ? `; and ${more} more` : ''}`.slice(0, 600);
}

/** `value` as a JSON answer. */
export function jsonResponse(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });
}

/** @throws CollectorError `UNSUPPORTED_MEDIA_TYPE` unless the request says one of `wanted`. */
export function requireContentType(request: Request, ...wanted: string[]): string {
  const given = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (wanted.includes(given)) return given;
  const shown = given === '' ? 'none' : JSON.stringify(given.slice(0, 60));
  throw new CollectorError(415, 'UNSUPPORTED_MEDIA_TYPE', `the content-type must be ${wanted.join(' or ')}, got ${shown}`);
}
