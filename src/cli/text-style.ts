import type { CliStream } from './cli-io.js';

/** Colours, or nothing where colours are not wanted. */
export interface TextStyle {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** What `stream` may show: colours on a terminal only; `NO_COLOR` turns them off, `FORCE_COLOR` on (0 or false: off), and wins. */
export function textStyle(stream: CliStream, env: Readonly<Record<string, string | undefined>>): TextStyle {
  const paint = hasColours(stream, env)
    ? (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`
    : () => (text: string) => text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

function hasColours(stream: CliStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  const isOff = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return stream.isTerminal && !isOff && env['TERM'] !== 'dumb';
}

/** `status` in the colour that it has everywhere: red for what failed, yellow for what is open or was stopped. */
export function paintStatus(text: string, status: string, style: TextStyle): string {
  if (status === 'ERROR' || status === 'TIMED_OUT') return style.red(text);
  if (status === 'OK' || status === 'CONTINUED') return style.green(text);
  return style.yellow(text);
}
