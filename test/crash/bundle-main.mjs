// Bundles the workflows of the crash suite once, for all workers: node test/crash/bundle-main.mjs FILE
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';
import { SgpProcessor } from 'everspan/processors';

const processors = [new SgpProcessor({ apiKey: 'key', accountId: 'account', baseUrl: 'http://127.0.0.1:9' })];
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./workflows/crash-workflows.ts', import.meta.url)),
  plugins: [new EverspanPlugin({ processors })],
  logger: new DefaultLogger('ERROR'),
});
writeFileSync(process.argv[2] ?? '', code);
