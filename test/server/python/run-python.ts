import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { requireServer } from '../../helpers/servers.js';

const run = promisify(execFile);

/** What the script `name` of this folder prints, which is JSON; it is handed the collector and a key. */
export async function runPython(name: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const python = requireServer('pythonClients', 'path');
  const { stdout } = await run(python, [path], {
    env: {
      ...process.env,
      ...env,
      AGENT_NAME: 'test-agent',
      AGENT_ID: 'agent-0001',
      ACP_TYPE: 'agentic',
      ACP_URL: 'http://127.0.0.1',
      DD_TRACE_ENABLED: 'false',
    },
    timeout: 80_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout.slice(stdout.indexOf('{'))) as unknown;
}
