import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withExclusive } from './exclusive.mjs';
import { isExecutable } from './executable.mjs';
import { withProgress } from './progress.mjs';
import { runCommand } from './run-command.mjs';

const LIMIT_MS = 15 * 60 * 1000;
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/**
 * Fetches Temporal's Java test server with all its jars, and writes a shell script that starts it on the port it is given.
 *
 * @param {{ java: string, maven: string, version: string, targetPath: string }} options - `targetPath` is the script's; its folder
 *   gets the jars, and appears whole.
 * @returns {Promise<string | undefined>} `undefined` when it is there, else the end of Maven's output.
 */
export async function fetchTestServer({ java, maven, version, targetPath }) {
  const folder = dirname(targetPath);
  const building = `${folder}.build`;
  return withExclusive(`${building}.lock`, async () => {
    if (isExecutable(targetPath)) return undefined;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    try {
      writeFileSync(join(building, 'pom.xml'), pom(version));
      const { code, output } = await withProgress(`fetch temporal-test-server ${version} with Maven (once)`, () =>
        runCommand(
          maven,
          ['-B', '-q', '-f', join(building, 'pom.xml'), COPY_DEPENDENCIES, '-DincludeScope=runtime', '-DoutputDirectory=lib'],
          {
            cwd: building,
            timeoutMs: LIMIT_MS,
          },
        ),
      );
      if (code !== 0) return output;
      const script = join(building, targetPath.slice(folder.length + 1));
      writeFileSync(script, startScript(java));
      chmodSync(script, 0o755);
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
      return undefined;
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
  });
}

/** @param {string} version */
function pom(version) {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>everspan</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;
}

/**
 * `exec`, so that who kills the script kills the server. The SDK passes the port as the only argument.
 *
 * @param {string} java
 */
function startScript(java) {
  return `#!/bin/sh
java='${java.replaceAll("'", "'\\''")}'
[ -x "$java" ] || java=java
exec "$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;
}
