import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

test('bundling the client pulls in nothing but the client and the wire', async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('../../src/client/index.ts', import.meta.url)),
    platform: 'browser',
  });
  const { output } = await bundle.generate({ format: 'esm' });
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
  const imports = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.imports : []));
  expect(imports).toEqual([]);
  expect(modules.filter((path) => !/\/src\/(?:client|wire)\//.test(path))).toEqual([]);
  await bundle.close();
});
