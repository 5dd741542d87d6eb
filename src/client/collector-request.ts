import { AnswerShapeError, CollectorClientError } from './errors.js';
import { checked, type Shape } from './shape.js';

/** Where a collector is, and who asks. */
export interface CollectorClientOptions {
  /** E.g. `http://127.0.0.1:4320`. */
  readonly baseUrl: string;
  /** Sent as `x-api-key`. */
  readonly apiKey?: string;
  /** Sent as `x-selected-account-id`. */
  readonly accountId?: string;
  /** Milliseconds until the head of an answer has to be there; default 30,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

/** One request. */
export interface CollectorRequest {
  readonly method?: 'GET' | 'POST';
  /** Its parts are encoded by `pathOf`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS_DEFAULT = 30_000;

/** Speaks HTTP with one collector. */
export class CollectorRequester {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;

  /** @throws CollectorClientError `INVALID_OPTIONS`. */
  constructor(options: CollectorClientOptions) {
    this.#baseUrl = checkedBaseUrl(options.baseUrl);
    this.#headers = {
      ...(options.apiKey === undefined ? {} : { 'x-api-key': checkedHeader('apiKey', options.apiKey) }),
      ...(options.accountId === undefined ? {} : { 'x-selected-account-id': checkedHeader('accountId', options.accountId) }),
    };
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT;
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  }

  /** The answer's JSON, of `shape`. @throws CollectorClientError, AnswerShapeError. */
  async json<T>(request: CollectorRequest, shape: Shape): Promise<T> {
    const response = await this.open(request);
    return checked<T>(parseJson(await readText(response)), shape);
  }

  /** The answer's text, in pieces as they come. @throws CollectorClientError. */
  async *text(request: CollectorRequest): AsyncGenerator<string> {
    const response = await this.open(request);
    yield* textPieces(response);
  }

  /** An answer that is no refusal; its body is not read yet. @throws CollectorClientError. */
  async open(request: CollectorRequest): Promise<Response> {
    const url = new URL(`${this.#baseUrl}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#timeoutMs);
    const signal = request.signal === undefined ? late.signal : AbortSignal.any([request.signal, late.signal]);
    try {
      const response = await this.#fetch(url, {
        method: request.method ?? 'GET',
        headers: { ...this.#headers, ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        signal,
        // A redirect would carry the key to wherever it points.
        redirect: 'manual',
      });
      if (!response.ok) throw await refusal(response);
      return response;
    } catch (error) {
      if (error instanceof CollectorClientError) throw error;
      if (late.signal.aborted)
        throw new CollectorClientError('TIMED_OUT', `${this.#baseUrl} did not answer in ${this.#timeoutMs} ms`);
      if (signal.aborted) throw new CollectorClientError('ABORTED', 'the caller gave the request up');
      // What fetch says of it is in the cause; it may quote a header.
      throw new CollectorClientError('UNREACHABLE', `no collector answers at ${this.#baseUrl}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A path of which each part may hold anything. */
export function pathOf(strings: TemplateStringsArray, ...parts: string[]): string {
  return strings.reduce((path, text, index) => `${path}${encodeURIComponent(parts[index - 1] as string)}${text}`);
}

/** @throws CollectorClientError `INTERRUPTED`. */
export async function* textPieces(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let isWhole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    isWhole = true;
    yield decoder.decode();
  } catch (error) {
    throw new CollectorClientError('INTERRUPTED', 'the answer ended before it was whole', { cause: error });
  } finally {
    // Whoever stops reading lets go of the connection. That it is gone already changes nothing.
    if (!isWhole) await reader.cancel().catch(() => undefined);
  }
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw new CollectorClientError('INTERRUPTED', 'the answer ended before it was whole', { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AnswerShapeError('NOT_JSON', '', 'the answer is not JSON: is this address a collector?');
  }
}

async function refusal(response: Response): Promise<CollectorClientError> {
  const { status } = response;
  const body = await response.text().catch(() => '');
  const { code, message } = refusalOf(body);
  const shown = message ?? `the collector answered ${status}`;
  return new CollectorClientError(status === 404 ? 'NOT_FOUND' : 'REFUSED', shown, { status, serverCode: code });
}

function refusalOf(body: string): { code?: string; message?: string } {
  try {
    const { error } = JSON.parse(body) as { error?: { code?: unknown; message?: unknown } };
    return {
      ...(typeof error?.code === 'string' ? { code: error.code } : {}),
      ...(typeof error?.message === 'string' ? { message: error.message } : {}),
    };
  } catch {
    // Something between us and the collector answered.
    return {};
  }
}

function checkedHeader(option: 'apiKey' | 'accountId', value: string): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new CollectorClientError('INVALID_OPTIONS', `${option} is empty or has characters that a header cannot hold`);
}

function checkedBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.search === '') {
    return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  }
  throw new CollectorClientError('INVALID_OPTIONS', 'baseUrl must be an http or https address without user, password and query');
}
