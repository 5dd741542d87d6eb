/** One server-sent event. */
export interface ServerEvent {
  /** `message` where it has none. */
  readonly type: string;
  readonly id: string | undefined;
  readonly text: string;
  /** Milliseconds to wait before the next connection, where the server said so. */
  readonly retryMs: number | undefined;
}

/** The events that `pieces`, cut anywhere, are the text of. A last one that is not whole is left out. */
export async function* readServerEvents(pieces: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let rest = '';
  let fields: string[] = [];
  for await (const piece of pieces) {
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '') fields.push(text);
      else if (fields.length > 0) {
        const event = toEvent(fields);
        fields = [];
        if (event !== undefined) yield event;
      }
    }
  }
}

function toEvent(lines: readonly string[]): ServerEvent | undefined {
  let type = 'message';
  let id: string | undefined;
  let retryMs: number | undefined;
  const texts: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    // A comment: the server is still there.
    if (colon === 0) continue;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') type = value;
    else if (name === 'id') id = value;
    else if (name === 'data') texts.push(value);
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
  }
  return texts.length === 0 ? undefined : { type, id, text: texts.join('\n'), retryMs };
}
