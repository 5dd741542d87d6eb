import { posix } from 'node:path';
import type { SourceFile } from './source-file.js';

const STATEMENT = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** What `file` imports or re-exports, types too: packages as they are written, own files as their path in the repository. */
export function importsOf(file: SourceFile): string[] {
  return [STATEMENT, BARE, DYNAMIC]
    .flatMap((pattern) => [...file.text.matchAll(pattern)].map((match) => match[1] as string))
    .map((specifier) => (specifier.startsWith('.') ? ownPath(file, specifier) : specifier));
}

function ownPath(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts');
}
