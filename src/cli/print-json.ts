import type { CliStream } from './cli-io.js';

/** `value` as JSON for machines, on stdout: indented by two spaces, one line break at the end. */
export async function printJson(stream: CliStream, value: unknown): Promise<void> {
  await stream.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
