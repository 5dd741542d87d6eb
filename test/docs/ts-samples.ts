import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page. */
export interface Block {
  /** Path of the page from the repository's root. */
  readonly page: string;
  /** Number of its first line below the fence, from 1. */
  readonly line: number;
  /** What stands behind the opening fence: `ts`, `text`, nothing. */
  readonly language: string;
  readonly text: string;
}

/** Every fenced block of the pages that users read, in their order. */
export function readBlocks(root: string): Block[] {
  const pages = ['docs', 'docs/adr', 'bench', '.'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  return pages.sort().flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8')));
}

function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly line: number; readonly language: string; readonly lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { line: index + 2, language: (fence[1] as string).trim(), lines: [] };
    else {
      blocks.push({ page, line: open.line, language: open.language, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  return blocks;
}
