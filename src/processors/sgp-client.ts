import { HttpClient, type HttpClientOptions } from './http-client.js';

/** Where SGP is, who asks, and the outside world as the client sees it. */
export interface SgpClientOptions extends Omit<HttpClientOptions, 'service' | 'baseUrl'> {
  readonly apiKey: string;
  readonly accountId: string;
  /** Everything before `/v5`; default: SGP's public API. */
  readonly baseUrl?: string;
}

const BASE_URL_DEFAULT = 'https://api.egp.scale.com';

/** @throws ProcessorOptionsError for a key, an account or an address that no request could carry. */
export function createSgpClient(options: SgpClientOptions): HttpClient {
  return new HttpClient({ ...options, service: 'SGP', baseUrl: options.baseUrl ?? BASE_URL_DEFAULT });
}
