export interface SgpServerOptions {
  /** Which of SGP's stores; default `newer`. */
  readonly kind?: 'older' | 'newer';
  /** Default: a free one. */
  readonly port?: number;
  /** Milliseconds before each answer. */
  readonly delayMs?: number;
  /** Other keys are answered 401; default: any. */
  readonly apiKey?: string;
  /** Other accounts are answered 403; default: any. */
  readonly accountId?: string;
  /** Longer requests are answered 413; default 32 MiB. */
  readonly bodyBytesMax?: number;
  /** How the older store refuses the insert of an id that is there; default 409. */
  readonly duplicateInsertStatus?: number;
  /** Whether `requests` fills up; default true. */
  readonly logsRequests?: boolean;
  /** Calls that are answered 404, e.g. `POST /v5/spans/batch`. */
  readonly unknownCalls?: readonly string[];
}

/** What happens to the next requests instead of an answer. */
export interface SgpFailure {
  /** How many requests; default 1. */
  readonly times?: number;
  /** Answered with this; default 503. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** `hang` answers never, `hang-after-applying` writes the rows first, `reset` breaks the connection. */
  readonly fault?: 'hang' | 'hang-after-applying' | 'reset';
  /** Whether the rows are written although the answer says otherwise. */
  readonly isApplied?: boolean;
  /** Only requests with this method. */
  readonly method?: string;
  /** Only requests to this path. */
  readonly path?: string;
  /** Only requests of which this is true; not over HTTP. */
  readonly matches?: (request: SgpLoggedRequest) => boolean;
}

export interface SgpLoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** `abandoned`: the client broke the connection before an answer. */
  readonly state: 'open' | 'answered' | 'abandoned' | 'reset';
  readonly status?: number;
}

export type SgpRow = Readonly<Record<string, unknown>>;

export interface SgpServer {
  readonly kind: 'older' | 'newer';
  /** E.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Every request, oldest first; entries change while their request runs. */
  readonly requests: readonly SgpLoggedRequest[];
  /** What the store keeps. */
  rows(): SgpRow[];
  /** The requests that write batches. */
  writes(): SgpLoggedRequest[];
  failNext(failure: SgpFailure): void;
  /** Answers `status` to every request that holds a span of that name. */
  refuseSpansNamed(name: string, status: number): void;
  /** Forgets all scripted failures. */
  recover(): void;
  /** The first request that matches, once there is one. */
  waitForRequest(matches: (request: SgpLoggedRequest) => boolean): Promise<SgpLoggedRequest>;
  /** Calls `onChange` when a request has come in, and when its connection is done with it. Answers how to stop that. */
  watch(onChange: (request: SgpLoggedRequest) => void): () => void;
  /** Breaks every connection and refuses new ones; the rows stay. */
  refuseConnections(): Promise<void>;
  /** Listens again, on the same port. */
  acceptConnections(): Promise<void>;
  close(): Promise<void>;
}

export function startSgpServer(options?: SgpServerOptions): Promise<SgpServer>;
