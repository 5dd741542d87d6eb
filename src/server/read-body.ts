import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { BodyBudget } from './body-budget.js';
import { CollectorError } from './errors.js';

const gunzipWhole = promisify(gunzip);
const inflateWhole = promisify(inflate);

/**
 * The body of `request`, unpacked; never more than `bytesMax` of it is held, packed or unpacked.
 *
 * @param budget - What it takes of it is given back when the request is over.
 * @throws CollectorError `BODY_TOO_LARGE`, `BODY_BROKEN`, `UNSUPPORTED_ENCODING`, `BUSY`.
 */
export async function readBody(request: Request, bytesMax: number, budget: BodyBudget): Promise<Buffer> {
  const encoding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'deflate') {
    throw new CollectorError(415, 'UNSUPPORTED_ENCODING', 'the content-encoding must be gzip, deflate or identity');
  }
  const announced = Number(request.headers.get('content-length') ?? '0');
  if (announced > bytesMax) throw tooLarge(bytesMax);
  const packed = await gather(request, bytesMax, budget);
  if (encoding === 'identity') return packed;
  const unpacked = await unpack(packed, encoding, bytesMax);
  budget.take(request, unpacked.byteLength);
  return unpacked;
}

async function unpack(packed: Buffer, encoding: 'gzip' | 'deflate', bytesMax: number): Promise<Buffer> {
  try {
    return await (encoding === 'gzip' ? gunzipWhole : inflateWhole)(packed, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw new CollectorError(400, 'BODY_BROKEN', `the body is no ${encoding}`, { cause: error });
  }
}

async function gather(request: Request, bytesMax: number, budget: BodyBudget): Promise<Buffer> {
  if (request.body === null) return Buffer.alloc(0);
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (done || value === undefined) return Buffer.concat(chunks, bytes);
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      // What is still to come is not wanted; that it cannot be cancelled any more changes nothing.
      await reader.cancel().catch(() => undefined);
      throw tooLarge(bytesMax);
    }
    budget.take(request, value.byteLength);
    chunks.push(value);
  }
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<{ done: boolean; value?: Uint8Array }> {
  try {
    return await reader.read();
  } catch (error) {
    throw new CollectorError(400, 'BODY_BROKEN', 'the body ended before it was whole', { cause: error });
  }
}

function tooLarge(bytesMax: number): CollectorError {
  return new CollectorError(413, 'BODY_TOO_LARGE', `the body is larger than ${bytesMax} bytes, unpacked`);
}

/** `bytes` as JSON. @throws CollectorError `INVALID_UTF8`, `INVALID_JSON`. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CollectorError(400, 'INVALID_UTF8', 'the body is not UTF-8', { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CollectorError(400, 'INVALID_JSON', 'the body is not JSON', { cause: error });
  }
}
