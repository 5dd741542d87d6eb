import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { temporalAddress } from '../helpers/temporal.js';
import { copyInto, createPackedProject, packageJson, type PackedProject } from './packed-project.js';

/** Each peer at the lowest version that its range allows: `>=1.23.0 <2` and `^1.9.0` begin with it. */
const oldestPeers = Object.fromEntries(
  Object.entries(packageJson.peerDependencies).map(([name, range]) => [name, /\d+\.\d+\.\d+/.exec(range)?.[0] as string]),
);

describeWith('temporalServer')('with the oldest peers that package.json allows', () => {
  let project: PackedProject;
  beforeAll(async () => {
    project = await createPackedProject(oldestPeers);
    copyInto(project, 'peers-project');
  }, 300_000);
  afterAll(() => project?.remove());

  test('a workflow runs on the shared server, and is traced', async () => {
    const output = await project.run('node', ['peers-project/main.mjs'], { TEMPORAL_ADDRESS: temporalAddress() });
    expect(JSON.parse(output)).toEqual({
      version: oldestPeers['@temporalio/worker'],
      result: 42,
      spans: [
        'activity double OK',
        'attempt double OK',
        'double it OK',
        'start workflow doubleLater OK',
        'timer OK',
        'workflow doubleLater OK',
      ],
    });
  });
});
