/** `npm run bench -- [suite…] [options]`: everything it takes to run the benchmarks that are named, then these, with the options given. */
import { join } from 'node:path';
import { chooseSuites, SUITES } from '../bench/suites.mjs';
import { prepare } from './prepare.mjs';
import { say } from './progress.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';
import { provideServers } from './server-environment.mjs';

const { suites, unknown, options } = chooseSuites(process.argv.slice(2));
if (unknown.length > 0) {
  say(`no benchmark is called ${unknown.join(', ')}; there are ${[...SUITES.keys()].join(', ')}`);
  process.exit(2);
}
await prepare();
const { env, missing } = await provideServers({ names: [...new Set(suites.flatMap(({ servers }) => servers))] });
if (missing.length > 0) process.exit(1);
let worst = 0;
for (const { program } of suites) {
  const { code } = await runCommand(process.execPath, [join(repositoryRoot, program), ...options], { env, inherit: true });
  worst = Math.max(worst, code);
}
process.exit(worst);
