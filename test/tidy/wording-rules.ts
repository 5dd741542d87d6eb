import { inLines } from './text-rules.js';
import type { SourceFile } from './source-file.js';

/** What a text must not say, and why. */
const WORDINGS: readonly { readonly pattern: RegExp; readonly reason: string; readonly alsoInUrls?: true }[] = [
  { pattern: /\bsessions?\b/i, reason: 'the project speaks of itself, not of who worked on it when' },
  { pattern: /\b(?:the|your|my) (?:brief|founder)\b/i, reason: 'the project speaks of itself, not of who asked for it' },
  { pattern: /(?<![\w./])\/(?:work|root|tmp\/bash_jobs)\//, reason: 'a path of one machine' },
  {
    pattern: /\bregistry\.(?:npmjs|yarnpkg)\.|\bproxy\.golang\.|\brepo1?\.maven\.|\bdeb\.debian\.|\bpypi\.org|\bcrates\.io/,
    reason: 'packages are fetched by name, from wherever the user gets them',
    alsoInUrls: true,
  },
  {
    // `owner/repo#12` cites another project; `#333` in quotes is a colour.
    pattern: /(?<![\w/'"`#&-])#\d{1,5}\b/,
    reason: 'a number means nothing in a copy of the repository: say what it was about, or cite owner/repo#number',
  },
];

/** Words that do not belong into the repository. */
export function wordingViolations(file: SourceFile): string[] {
  // It has to say them.
  if (file.path === 'test/tidy/wording-rules.ts') return [];
  return inLines(file, (line) => {
    const outsideUrls = line.replace(/https?:\/\/\S+/g, '');
    return WORDINGS.find(({ pattern, alsoInUrls }) => pattern.test(alsoInUrls === true ? line : outsideUrls))?.reason;
  });
}
