import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A text file of the repository. `path` is relative to the repository, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Folders and files that the rules look at; what is generated, recorded or copied in, and the rules' bad examples, are skipped. */
const TOP_LEVEL = ['.ci', 'bench', 'docs', 'examples', 'scripts', 'src', 'test', 'types', 'vitest.config.ts'];
const TOP_LEVEL_TEXTS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'package.json'];
const SKIPPED = ['bench/results', 'node_modules', 'test/fixtures', 'test/histories', 'test/tidy/rules.test.ts'];
const TEXT = /\.(?:ts|mts|mjs|js|lua|sql|sh|md|json|html|css)$|^\.ci\/run$/;

/** Every text file of the repository that somebody wrote. */
export function readSourceFiles(root: string): SourceFile[] {
  return [...TOP_LEVEL, ...TOP_LEVEL_TEXTS]
    .flatMap((name) => filesBelow(root, join(root, name)))
    .filter((path) => TEXT.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function filesBelow(root: string, absolute: string): string[] {
  const path = relative(root, absolute);
  if (!existsSync(absolute) || SKIPPED.some((folder) => path === folder || path.endsWith(`/${folder}`))) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute).flatMap((name) => filesBelow(root, join(absolute, name)));
}
