import { once } from 'node:events';
import type { CliIo, CliStream } from './cli-io.js';
import { EXIT_CODE } from './exit-code.js';

/** The `CliIo` of this process. A reader that goes away (`everspan … | head`) ends the process quietly. */
export function processIo(): CliIo {
  let interruption: AbortController | undefined;
  return {
    stdout: processStream(process.stdout),
    stderr: processStream(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    interruption() {
      interruption ??= watchSignals();
      return interruption.signal;
    },
  };
}

function processStream(stream: NodeJS.WriteStream): CliStream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has what it wanted. Any other error of an output cannot be told on it.
    process.exit(error.code === 'EPIPE' ? EXIT_CODE.OK : EXIT_CODE.FAILURE);
  });
  return {
    isTerminal: stream.isTTY,
    get columns() {
      // Node leaves both undefined where the stream is no terminal, whatever its types say.
      return (stream.isTTY as boolean | undefined) === true ? stream.columns : undefined;
    },
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain');
    },
  };
}

function watchSignals(): AbortController {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODE.INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller;
}
