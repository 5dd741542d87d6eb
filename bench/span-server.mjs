/**
 * A server that takes spans over HTTP and forgets them, as a process of its own. Prints its address when it listens.
 *
 * `/<name>/<delay>/…` answers 200 after `delay` ms, unless `POST /control/<name>/<mode>` has set another mode: `hang` never answers,
 * `503` does at once, `ok` sets it right again and breaks what hangs.
 */
import { createServer } from 'node:http';

/** @type {Map<string, string>} */
const modes = new Map();
/** @type {Map<string, Set<import('node:http').ServerResponse>>} */
const hanging = new Map();

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => answer(request.url ?? '', response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.send?.(`http://127.0.0.1:${address.port}`);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});

/** @param {string} path @param {import('node:http').ServerResponse} response */
function answer(path, response) {
  const [, first = '', second = '', third = ''] = path.split('/');
  if (first === 'control') {
    modes.set(second, third);
    for (const stuck of hanging.get(second) ?? []) stuck.destroy();
    hanging.delete(second);
    response.end();
    return;
  }
  const mode = modes.get(first) ?? 'ok';
  if (mode === 'hang') hanging.set(first, (hanging.get(first) ?? new Set()).add(response));
  else if (mode === '503') end(response, 503);
  else after(Number(second), () => end(response, 200));
}

/** @param {import('node:http').ServerResponse} response @param {number} status */
function end(response, status) {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
}

/**
 * Timers fire up to a millisecond late, which is a fifth of what is measured here: the last one is looped out.
 *
 * @param {number} delayMs @param {() => void} work
 */
function after(delayMs, work) {
  if (delayMs === 0) {
    work();
    return;
  }
  const dueMs = performance.now() + delayMs;
  const look = () => {
    if (performance.now() >= dueMs) work();
    else setImmediate(look);
  };
  setTimeout(look, Math.max(0, delayMs - 1.5));
}
