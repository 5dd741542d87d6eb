import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withExclusive } from './exclusive.mjs';
import { isExecutable } from './executable.mjs';
import { withProgress } from './progress.mjs';
import { runCommand } from './run-command.mjs';

const LIMIT_MS = 30 * 60 * 1000;

/**
 * Builds a Go program to `targetPath`, whose base name is the program's.
 *
 * @param {string} go - Path of the `go` command.
 * @param {string} module - Package and version, such as `example.com/tool/cmd/tool@v1.0.0`.
 * @param {string} targetPath
 * @returns {Promise<string | undefined>} `undefined` when it is there, else the end of the compiler's output.
 */
export async function buildWithGo(go, module, targetPath) {
  const folder = `${dirname(targetPath)}.build`;
  return withExclusive(`${folder}.lock`, async () => {
    if (isExecutable(targetPath)) return undefined;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    try {
      const { code, output } = await withProgress(`build ${module} with Go (once, some minutes)`, () =>
        runCommand(go, ['install', '-trimpath', '-ldflags=-s -w', module], {
          cwd: folder,
          env: { GOBIN: folder, GOFLAGS: '-mod=mod', GO111MODULE: 'on', GOWORK: 'off', GOOS: undefined, GOARCH: undefined },
          timeoutMs: LIMIT_MS,
        }),
      );
      if (code !== 0) return output;
      const program = targetPath.slice(dirname(targetPath).length + 1);
      mkdirSync(dirname(targetPath), { recursive: true });
      renameSync(join(folder, program), targetPath);
      return undefined;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
