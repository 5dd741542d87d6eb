/** Text that is handed to the socket at once. */
const PIECE_CHARS = 64 * 1024;

/** How a streamed answer ends before its time. */
export interface StreamOptions {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tears the connection down; absent where there is none. */
  readonly disconnect: (() => void) | undefined;
}

/**
 * `pieces` as an answer, read only as fast as the reader takes them.
 *
 * What fails once the answer has begun ends the connection in the middle of the body, so that nobody takes a part for the whole.
 */
export function streamResponse(pieces: AsyncIterable<string> | Iterable<string>, options: StreamOptions): Response {
  const encoder = new TextEncoder();
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const gathered: string[] = [];
          let chars = 0;
          let isDone = false;
          while (chars < PIECE_CHARS && !isDone) {
            const step = await iterator.next();
            if (step.done === true) isDone = true;
            else {
              gathered.push(step.value);
              chars += step.value.length;
            }
          }
          if (chars > 0) controller.enqueue(encoder.encode(gathered.join('')));
          if (isDone) controller.close();
        } catch (error) {
          if (options.disconnect === undefined) controller.error(error);
          else options.disconnect();
        }
      },
      cancel: async () => {
        await iterator.return?.();
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(stream, { headers: { ...options.headers, 'content-type': options.contentType } });
}
