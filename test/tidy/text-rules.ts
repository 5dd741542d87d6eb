import { basename } from 'node:path';
import type { SourceFile } from './source-file.js';

const LINES_MAX = 400;
const VAGUE_WORDS = new Set(['common', 'data', 'handle', 'helper', 'helpers', 'info', 'manager', 'misc', 'util', 'utils']);
/** The field's own terms. */
const TERMS = /context-manager/;
const NAMED_BY_CUSTOM = new Set(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'run']);

/** Code: what is compiled or run, as against documents and settings. */
function isCode(file: SourceFile): boolean {
  return /\.(?:ts|mts|mjs|js|lua)$/.test(file.path);
}

/** A file that is too long to have one subject. */
export function lengthViolations(file: SourceFile): string[] {
  const count = file.text.split('\n').length - 1;
  return isCode(file) && count > LINES_MAX ? [`${file.path}: ${count} lines, and past ${LINES_MAX} a file has two subjects`] : [];
}

/** A name that is not kebab-case, or that says nothing. */
export function nameViolations(file: SourceFile): string[] {
  const name = basename(file.path);
  if (NAMED_BY_CUSTOM.has(name)) return [];
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|config|d))?\.[a-z]+$/.test(name)) return [`${file.path}: not kebab-case`];
  const vague = name
    .replace(TERMS, '')
    .split(/[-.]/)
    .filter((word) => VAGUE_WORDS.has(word));
  return vague.map((word) => `${file.path}: "${word}" does not say what is in it`);
}

const EXPORT_STAR = /^\s*export\s*\*/;
const EXPORT_DEFAULT = /^\s*export\s+default\b|\bas\s+default\b/;
/** A tool asks for these default exports. */
const DEFAULT_ALLOWED = new Set(['vitest.config.ts', 'test/helpers/global-setup.ts']);

/** Exports that are not named one by one. */
export function exportViolations(file: SourceFile): string[] {
  if (!isCode(file)) return [];
  return inLines(file, (line) => {
    if (EXPORT_STAR.test(line)) return 'export names one by one, not *';
    return EXPORT_DEFAULT.test(line) && !DEFAULT_ALLOWED.has(file.path) ? 'export by name, not default' : undefined;
  });
}

/** Errors without a class and a code of their own, in shipped code. */
export function bareErrorViolations(file: SourceFile): string[] {
  if (!/^src\/.*\.ts$/.test(file.path)) return [];
  return inLines(file, (line) =>
    /(?:\bnew|\bthrow)\s+(?:Type|Range)?Error\(/.test(line) ? 'an error of a class with a code, not a bare one' : undefined,
  );
}

/** Exceptions from the linter without a reason: `// oxlint-disable-next-line RULE -- reason`. */
export function exemptionViolations(file: SourceFile): string[] {
  if (!isCode(file)) return [];
  return inLines(file, (line) => {
    if (/@ts-(?:ignore|nocheck|expect-error)\s*(?:\*\/\s*)?$/.test(line)) return 'say why the compiler is overruled';
    const exemption = /(?:oxlint|eslint)-disable(?:-next-line|-line)?(.*)$/.exec(line);
    if (exemption === null) return undefined;
    const [rules, reason] = (exemption[1] as string).split(' -- ');
    if ((rules as string).trim() === '') return 'name the rule that is set aside';
    return reason === undefined || reason.trim() === '' ? 'say why the rule is set aside, after " -- "' : undefined;
  });
}

/** `any` as a type in shipped code, unless the line before sets the linter's rule aside, with its reason. */
export function anyViolations(file: SourceFile): string[] {
  if (!/^src\/.*\.ts$/.test(file.path)) return [];
  const lines = file.text.split('\n');
  return lines.flatMap((line, index) => {
    const code = line.replace(/^\s*(?:\/?\*|\/\/).*$/, '').replace(/'[^']*'|"[^"]*"|`[^`]*`/g, "''");
    if (!/(?:[:<|&,(]|\bas|=>|=)\s*any\b(?!\s*\()/.test(code) || /no-explicit-any/.test(lines[index - 1] ?? '')) return [];
    return [`${file.path}:${index + 1}: any, where unknown or the type would do`];
  });
}

/** Draws, clocks and timers of the process in code that must give the same on replay. */
export function determinismViolations(file: SourceFile): string[] {
  if (!/^src\/(?:span\/|wire\/|operation\/|workflows\/|interceptors\/workflow-(?!client-)|workflow\.ts)/.test(file.path))
    return [];
  const isPure = /^src\/(?:span|operation)\//.test(file.path);
  return inLines(file, (line) => {
    const code = line.replace(/^\s*(?:\/?\*|\/\/).*$/, '');
    if (/\bMath\.random\(|\buuid4\(|\brandomUUID\(|\bgetRandomValues\(/.test(code))
      return 'ids are hashed: a draw shifts what the user draws';
    return isPure && /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/.test(code)
      ? 'a clock comes in as an argument'
      : undefined;
  });
}

/** `complaint` of each line, with path and line number. */
export function inLines(file: SourceFile, complaint: (line: string) => string | undefined): string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const reason = complaint(line);
    return reason === undefined ? [] : [`${file.path}:${index + 1}: ${reason}`];
  });
}
