import type { HttpClientOptions } from './http-client.js';

/** Where SGP is, who asks, and the outside world as the client sees it. */
export interface SgpClientOptions extends Omit<HttpClientOptions, 'service' | 'name' | 'baseUrl'> {
  /** Default: `SGP_API_KEY`. */
  readonly apiKey?: string;
  /** Default: `SGP_ACCOUNT_ID`. */
  readonly accountId?: string;
  /** Everything before `/v5`, which may stand at its end. Default: `SGP_CLIENT_BASE_URL`, else SGP's public API. */
  readonly baseUrl?: string;
}
