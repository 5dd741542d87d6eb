import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { DEFAULT_STORE_PATH, openSpanStore } from '../store/open-span-store.js';
import type { TraceStore } from '../store/trace-store.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';

/** The store that `url` names, a relative path from the folder that the command runs in; it must be there already. */
export async function openStoreAt(url: string | undefined, io: Pick<CliIo, 'cwd'>): Promise<TraceStore> {
  const absolute = absoluteStore(url ?? DEFAULT_STORE_PATH, io.cwd);
  const file = absolute.replace(/^sqlite:(?:\/\/(?=\/))?/, '');
  if (isAbsolute(file) && !existsSync(file)) throw new CliError('NOT_FOUND', `no such store: ${file}`);
  return openSpanStore(absolute, { create: false });
}

/** The store that `url` names, for messages: a file by its whole path, a database without who asks it and how. */
export function shownStore(url: string, cwd: string): string {
  const absolute = absoluteStore(url, cwd);
  if (!/^postgres(?:ql)?:/.test(absolute)) return absolute.replace(/^sqlite:(?:\/\/(?=\/))?/, '');
  if (!URL.canParse(absolute)) return 'postgres';
  const { protocol, host, pathname } = new URL(absolute);
  return `${protocol}//${host}${pathname}`;
}

/** `url` with a relative path made absolute. */
export function absoluteStore(url: string, cwd: string): string {
  const path = url.replace(/^sqlite:(?:\/\/(?=\/))?/, '');
  const isOther = /^[a-z][a-z0-9+.-]+:/i.test(path);
  return isOther || path === '' || isAbsolute(path) ? url : `sqlite:${join(cwd, path)}`;
}
