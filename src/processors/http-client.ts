import { ProcessorOptionsError, type SpanDeliveryCode, SpanDeliveryError } from './errors.js';
import { backoffMs, retryAfterMs } from './retry-delay.js';
import { sleep as sleepFor } from './sleep.js';
import { withoutTracing } from './suppress-tracing.js';

/** Where a service is, who asks, and the outside world as the client sees it. */
export interface HttpClientOptions {
  /** Names the service in errors: `SGP`. */
  readonly service: string;
  /** Names the processor in errors; default: the service, in small letters. */
  readonly name?: string;
  /** What every path is put behind. */
  readonly baseUrl: string;
  /** Sent as `x-api-key`. Appears nowhere else. */
  readonly apiKey?: string;
  /** Sent as `x-selected-account-id`. */
  readonly accountId?: string;
  /** Tries of one request before it counts as unavailable; default 8, about half a minute of waiting. */
  readonly triesMax?: number;
  /** Milliseconds until one try counts as a network error; default 30,000. */
  readonly tryTimeoutMs?: number;
  readonly fetch?: typeof fetch;
  /** Resolves after that many milliseconds, or when the signal aborts. */
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** A number in [0, 1), for the jitter of backoffs. */
  readonly random?: () => number;
}

/** An answer that is not worth another try: success, or a refusal. */
export interface HttpAnswer {
  readonly status: number;
  readonly isOk: boolean;
  /** Empty unless it was asked for. */
  readonly body: string;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the base address on. */
  readonly path: string;
  /** Text, or what opens the bytes anew for each try. */
  readonly body: string | (() => ReadableStream<Uint8Array>);
  /** Of the body. Default: JSON. */
  readonly contentType?: string;
  readonly signal: AbortSignal;
  /** Told of each answer that is tried again, as a `ProcessorContext` is. */
  readonly noteProblem?: ((problem: string) => void) | undefined;
  /** Whether the answer's body is wanted, or what makes a text of it. Default: false. */
  readonly readsBody?: boolean | ((response: Response) => Promise<string>);
  /** Statuses that come back at once, though others of their kind are tried again. */
  readonly finalStatuses?: ReadonlySet<number>;
}

const TRIES_MAX_DEFAULT = 8;
/** A conflict may be with a request that is still under way; past this it is about what the request holds. */
const CONFLICT_TRIES_MAX = 3;
const TRY_TIMEOUT_MS_DEFAULT = 30_000;
/** Longest wait that is sat out here. Whoever asks for more gets the caller's own, slower, retries. */
const WAIT_MS_MAX = 60_000;

/**
 * Speaks HTTP with one service: headers, retries, deadlines. Holds nothing between requests.
 *
 * 408, 409, 429, 5xx and network errors are tried again, after as long as `Retry-After` says, else after 0.5 s doubled up to 8 s
 * with jitter, as long as the caller's signal stands. Each try ends with the signal, so that none lands after the caller gave up.
 */
export class HttpClient {
  readonly #service: string;
  readonly #name: string;
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #triesMax: number;
  readonly #tryTimeoutMs: number;
  readonly #fetch: typeof fetch;
  readonly #sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly #now: () => number;
  readonly #random: () => number;

  /** @throws ProcessorOptionsError for a key, an account or an address that no request could carry. */
  constructor(options: HttpClientOptions) {
    const { service, apiKey, accountId } = options;
    this.#service = service;
    this.#name = options.name ?? service.toLowerCase();
    this.#baseUrl = checkedBaseUrl(service, options.baseUrl);
    this.#headers = {
      accept: 'application/json',
      ...(apiKey === undefined ? {} : { 'x-api-key': checkedHeader(service, 'apiKey', apiKey) }),
      ...(accountId === undefined ? {} : { 'x-selected-account-id': checkedHeader(service, 'accountId', accountId) }),
    };
    this.#triesMax = options.triesMax ?? TRIES_MAX_DEFAULT;
    this.#tryTimeoutMs = options.tryTimeoutMs ?? TRY_TIMEOUT_MS_DEFAULT;
    // Looked up at each call, so that a fetch that is replaced later is the one that is used.
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.#sleep = options.sleep ?? sleepFor;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
  }

  /** The whole address of a path: without user, password and query. */
  urlOf(path: string): string {
    return `${this.#baseUrl}${path}`;
  }

  /**
   * The service's answer to `request`, once it is one that another try would not change.
   *
   * @throws SpanDeliveryError `UNAVAILABLE` when the tries are used up, `ABORTED` when the signal aborts.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    let problem = 'no try was made';
    for (let tries = 1; ; tries += 1) {
      if (request.signal.aborted) throw this.#aborted(request, problem);
      const outcome = await this.#try(request);
      if (request.signal.aborted && !outcome.isOk) throw this.#aborted(request, outcome.problem ?? problem);
      if (outcome.problem === undefined) return outcome;
      problem = outcome.problem;
      request.noteProblem?.(`${this.#service}: ${describe(request)}: ${problem}`);

      if (outcome.status === 409 && tries >= CONFLICT_TRIES_MAX) return outcome;
      const waitMs = outcome.retryAfterMs ?? backoffMs(tries, this.#random());
      if (tries >= this.#triesMax || waitMs > WAIT_MS_MAX) {
        const asked = waitMs > WAIT_MS_MAX ? `, which asks to wait ${Math.ceil(waitMs / 1_000)} s` : '';
        throw this.#error('UNAVAILABLE', `${describe(request)}: ${problem} at try ${tries}${asked}`);
      }
      await this.#sleep(waitMs, request.signal);
    }
  }

  async #try(request: HttpRequest): Promise<Outcome> {
    const attempt = new AbortController();
    const abort = (): void => attempt.abort();
    const timer = setTimeout(abort, this.#tryTimeoutMs);
    request.signal.addEventListener('abort', abort, { once: true });
    try {
      const response = await withoutTracing(() =>
        this.#fetch(this.urlOf(request.path), {
          method: request.method,
          headers: { ...this.#headers, 'content-type': request.contentType ?? 'application/json' },
          ...requestBody(request),
          signal: attempt.signal,
          // A redirect would carry the key to wherever it points.
          redirect: 'manual',
        }),
      );
      return await this.#read(response, request);
    } catch (error) {
      // Whatever fetch rejects with: refused, reset, timed out, aborted. Its text is not passed on: it may quote a header.
      return { status: 0, isOk: false, body: '', problem: attempt.signal.aborted ? 'no answer in time' : networkProblem(error) };
    } finally {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', abort);
    }
  }

  async #read(response: Response, request: HttpRequest): Promise<Outcome> {
    const { status, ok: isOk } = response;
    const { readsBody = false } = request;
    if (isOk && readsBody !== false) {
      return { status, isOk, body: readsBody === true ? await response.text() : await readsBody(response) };
    }
    // Read to the end so that the connection can be used again. That it breaks here changes nothing of the answer.
    await response.arrayBuffer().catch(() => undefined);
    if (isOk || !isRetried(status) || request.finalStatuses?.has(status) === true) return { status, isOk, body: '' };
    const waitMs = retryAfterMs(response.headers.get('retry-after'), this.#now());
    const problem = `answered ${status}`;
    return { status, isOk, body: '', problem, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
  }

  #aborted(request: HttpRequest, problem: string): SpanDeliveryError {
    return this.#error('ABORTED', `${describe(request)}: the caller stopped waiting; last: ${problem}`);
  }

  #error(code: SpanDeliveryCode, problem: string): SpanDeliveryError {
    return new SpanDeliveryError(code, this.#name, `${this.#service}: ${problem}`);
  }
}

function requestBody({ method, body }: HttpRequest): RequestInit {
  if (method === 'GET') return {};
  // fetch wants to be told that it may not read an answer before it has sent a stream.
  return typeof body === 'string' ? { body } : { body: body(), duplex: 'half' };
}

interface Outcome extends HttpAnswer {
  /** Set where another try may help. */
  readonly problem?: string;
  readonly retryAfterMs?: number;
}

function isRetried(status: number): boolean {
  // 501 is how newer accounts say that they do not have a call: no try will change that.
  return status === 408 || status === 409 || status === 429 || (status >= 500 && status !== 501);
}

function describe(request: HttpRequest): string {
  return `${request.method} ${request.path}`;
}

function networkProblem(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? `network error ${code}` : 'network error';
}

function checkedHeader(service: string, option: 'apiKey' | 'accountId', value: string): string {
  // What fetch says about a header it cannot send quotes it whole.
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  const problem = value === '' ? 'is empty' : 'has characters that a header cannot hold (a line break at its end?)';
  throw new ProcessorOptionsError(option, `${service}: ${option} ${problem}`);
}

function checkedBaseUrl(service: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!isUsable || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ProcessorOptionsError(
      'baseUrl',
      `${service}: baseUrl must be an http or https address without user, password, query and hash`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
