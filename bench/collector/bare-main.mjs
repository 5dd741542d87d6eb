/** What HTTP and JSON cost by themselves: a server that reads a body, parses it and answers. Prints its address; ends with its standard input. */
import { once } from 'node:events';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { items } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ object: 'list', items }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (server.address());
process.stdout.write(`http://127.0.0.1:${address.port}\n`);
process.stdin.resume();
process.stdin.once('end', () => {
  server.close();
  server.closeAllConnections();
});
