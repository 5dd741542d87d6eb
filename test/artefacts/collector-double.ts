import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request that the double has read whole. */
export interface TakenRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A small HTTP server with a collector's calls for artefacts: a file that is sent replaces the task's file. */
export interface CollectorDouble {
  readonly url: string;
  readonly requests: TakenRequest[];
  /** Bodies by `<task>/<type>`, as the path has them. */
  readonly files: Map<string, string>;
  /** Status of the next uploads, first to last; then 200. A function sees the request. */
  readonly answers: (number | ((request: TakenRequest) => number))[];
  /** Resolves when `isThere`; looked at after each request. */
  until(isThere: () => boolean): Promise<void>;
}

/** Starts one; it stops with the test. */
export async function startCollectorDouble(): Promise<CollectorDouble> {
  const requests: TakenRequest[] = [];
  const files = new Map<string, string>();
  const answers: CollectorDouble['answers'] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const taken = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      requests.push(taken);
      answer(taken, response, files, answers);
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    files,
    answers,
    until: (isThere) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!isThere()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

function answer(
  request: TakenRequest,
  response: ServerResponse,
  files: Map<string, string>,
  answers: CollectorDouble['answers'],
): void {
  const upload = /^\/traces\/tasks\/([^/]+)\/(spans|assets|lineage)(?:\?|$)/.exec(request.url);
  if (request.method === 'POST' && upload !== null) {
    const planned = answers.shift() ?? 200;
    const status = typeof planned === 'number' ? planned : planned(request);
    if (status === 200) files.set(`${upload[1]}/${upload[2]}`, request.body);
    response.writeHead(status).end('{}');
    return;
  }
  if (request.method === 'GET' && /^\/traces\/workflows\/[^/]+\/spans$/.test(request.url)) {
    const rows = [...files].filter(([path]) => path.endsWith('/spans')).map(([, text]) => text);
    response.writeHead(rows.length === 0 ? 404 : 200).end(rows.join(''));
    return;
  }
  response.writeHead(404).end('{}');
}
