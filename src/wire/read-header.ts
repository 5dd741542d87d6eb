import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/** What the header `name` holds; `undefined` where there is none, or none that can be read: no reason to fail a call. */
export function readHeader(headers: Readonly<Record<string, Payload>>, name: string): unknown {
  const payload = headers[name];
  if (payload === undefined) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
