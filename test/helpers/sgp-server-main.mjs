// The SGP test server as a process of its own:
//
//   node test/helpers/sgp-server-main.mjs '{"kind":"older","port":0}'
//
// Writes one line, {"url":"http://127.0.0.1:…"}, when it listens. SIGTERM, or the end of its standard input, stops it.
// GET /control/rows, /control/requests; POST /control/fail, /control/refuse, /control/recover.
import { startSgpServer } from './sgp-server.mjs';

const server = await startSgpServer(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
const stop = () => server.close().then(() => process.exit(0));
process.on('SIGTERM', stop);
// So that it does not outlive whoever started it.
process.stdin.on('end', stop).resume();
