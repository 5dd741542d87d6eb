import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, SgpStore } from './sgp-store.mjs';

const BODY_BYTES_MAX = 32 * 1024 * 1024;

/**
 * A server that speaks SGP's spans API, with scripted failures, a log of requests, and the rows that it keeps.
 *
 * `/control/…` does over HTTP what the methods do in the same process, for tests whose processes are several.
 *
 * @param {import('./sgp-server.mjs').SgpServerOptions} [options]
 * @returns {Promise<import('./sgp-server.mjs').SgpServer>}
 */
export async function startSgpServer(options = {}) {
  const server = new SgpTestServer(options);
  await server.listen(options.port ?? 0);
  return server;
}

class SgpTestServer {
  constructor(options) {
    this.options = options;
    this.kind = options.kind ?? 'newer';
    this.url = '';
    this.requests = [];
    this.failures = [];
    this.refusedNames = new Map();
    this.events = new EventEmitter().setMaxListeners(0);
    this.store = new SgpStore({
      kind: this.kind,
      duplicateInsertStatus: options.duplicateInsertStatus ?? 409,
      refusedNames: this.refusedNames,
    });
    this.http = createServer((request, response) => {
      // A connection that breaks while its request is read rejects here.
      this.serve(request, response).catch(() => response.destroy());
    });
  }

  async listen(port) {
    this.http.listen(port, '127.0.0.1');
    await once(this.http, 'listening');
    this.url = `http://127.0.0.1:${this.http.address().port}`;
  }

  rows() {
    return this.store.rows();
  }

  writes() {
    return this.requests.filter((entry) => entry.path === '/v5/spans/batch');
  }

  failNext(failure) {
    this.failures.push({ times: 1, ...failure });
  }

  refuseSpansNamed(name, status) {
    this.refusedNames.set(name, status);
  }

  recover() {
    this.failures.length = 0;
    this.refusedNames.clear();
  }

  async waitForRequest(matches) {
    for (;;) {
      const found = this.requests.find((entry) => matches(entry));
      if (found !== undefined) return found;
      await once(this.events, 'change');
    }
  }

  watch(onChange) {
    this.events.on('request', onChange);
    return () => this.events.off('request', onChange);
  }

  async refuseConnections() {
    await this.close();
  }

  async acceptConnections() {
    await this.listen(Number(new URL(this.url).port));
  }

  async close() {
    if (!this.http.listening) return;
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }

  changed(entry) {
    this.events.emit('change');
    this.events.emit('request', entry);
  }

  async serve(request, response) {
    const url = new URL(request.url, this.url);
    const chunks = [];
    let bytes = 0;
    for await (const chunk of request) {
      bytes += chunk.length;
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString('utf8');
    if (url.pathname.startsWith('/control/')) {
      this.control(url.pathname.slice('/control/'.length), body, response);
      return;
    }
    const entry = { method: request.method, path: url.pathname, headers: request.headers, body, state: 'open' };
    if (this.options.logsRequests !== false) this.requests.push(entry);
    response.on('close', () => {
      if (entry.state === 'open') entry.state = 'abandoned';
      this.changed(entry);
    });
    this.changed(entry);
    if (this.options.delayMs !== undefined) await delay(this.options.delayMs);

    const failure = this.takeFailure(entry);
    if (failure?.fault === 'hang') return;
    if (failure?.fault === 'reset') {
      entry.state = 'reset';
      request.socket.destroy();
      return;
    }
    // Applied and then not answered: what a client that gave up cannot know.
    const applied = failure === undefined || failure.isApplied === true ? this.answer(entry, url, bytes) : undefined;
    if (failure?.fault === 'hang-after-applying') return;
    const answer = failure === undefined ? applied : { status: failure.status ?? 503, body: {}, headers: failure.headers };
    entry.state = 'answered';
    entry.status = answer.status;
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  }

  takeFailure(entry) {
    const index = this.failures.findIndex(
      (failure) =>
        (failure.method === undefined || failure.method === entry.method) &&
        (failure.path === undefined || failure.path === entry.path) &&
        (failure.matches === undefined || failure.matches(entry)),
    );
    if (index === -1) return undefined;
    const failure = this.failures[index];
    failure.times -= 1;
    if (failure.times <= 0) this.failures.splice(index, 1);
    return { ...failure, isApplied: failure.isApplied ?? failure.fault === 'hang-after-applying' };
  }

  answer(entry, url, bytes) {
    try {
      if (bytes > (this.options.bodyBytesMax ?? BODY_BYTES_MAX)) throw new Refusal(413, `${bytes} bytes`);
      this.checkKey(entry.headers);
      return { status: 200, body: this.route(entry, url) };
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: { detail: error.message } };
      throw error;
    }
  }

  checkKey(headers) {
    const key = headers['x-api-key'];
    if (key === undefined || (this.options.apiKey !== undefined && key !== this.options.apiKey))
      throw new Refusal(401, `bad key ${key}`);
    const account = headers['x-selected-account-id'];
    if (account === undefined || (this.options.accountId !== undefined && account !== this.options.accountId)) {
      throw new Refusal(403, `no access with key ${key}`);
    }
    if (headers['content-type'] !== 'application/json') throw new Refusal(415, 'not JSON');
  }

  route(entry, url) {
    const call = `${entry.method} ${url.pathname}`;
    if (this.options.unknownCalls?.includes(call) === true) throw new Refusal(404, 'unknown call');
    if (call === 'PUT /v5/spans/batch') return list(this.store.write(parse(entry.body).items, 'upsert'));
    if (call === 'POST /v5/spans/batch') return list(this.store.write(parse(entry.body).items, 'insert'));
    if (call === 'POST /v5/spans') return this.store.write([parse(entry.body)], 'insert')[0];
    if (call === 'POST /v5/spans/search') return this.search(parse(entry.body), url.searchParams);
    const spanId = /^\/v5\/spans\/([^/]+)$/.exec(url.pathname)?.[1];
    if (spanId === undefined) throw new Refusal(404, 'unknown call');
    const row = this.rows().find((candidate) => candidate.id === spanId);
    if (entry.method === 'PATCH' && this.kind === 'newer') throw new Refusal(501, 'no partial update');
    if (row === undefined) throw new Refusal(404, 'unknown span');
    if (entry.method === 'GET') return row;
    if (entry.method === 'PATCH') return this.store.write([{ ...row, ...parse(entry.body) }], 'upsert')[0];
    throw new Refusal(405, 'unknown method');
  }

  search(filters, query) {
    const limit = Math.min(1_000, Number(query.get('limit') ?? '100'));
    const after = query.get('starting_after');
    const wanted = {
      trace_id: filters.trace_ids,
      id: filters.span_ids,
      name: filters.names,
      status: filters.statuses,
      type: filters.types,
      parent_id: filters.parent_ids,
    };
    const sets = Object.entries(wanted).flatMap(([field, values]) => (values === undefined ? [] : [[field, new Set(values)]]));
    const matching = this.rows().filter((row) => {
      return sets.every(([field, set]) => set.has(row[field])) && (filters.parents_only !== true || row.parent_id === undefined);
    });
    const from = after === null ? 0 : matching.findIndex((row) => row.id === after) + 1;
    return { items: matching.slice(from, from + limit), has_more: matching.length > from + limit };
  }

  control(verb, body, response) {
    const verbs = {
      rows: () => this.rows(),
      requests: () => this.requests,
      fail: () => this.failNext(JSON.parse(body)),
      refuse: () => this.refuseSpansNamed(JSON.parse(body).name, JSON.parse(body).status),
      recover: () => this.recover(),
    };
    const known = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    response.writeHead(known === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known?.() ?? null));
  }
}

function list(items) {
  return { object: 'list', items };
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'not JSON');
  }
}
