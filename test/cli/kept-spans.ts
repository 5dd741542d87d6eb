import { join } from 'node:path';
import type { Span } from '../../src/span/span.js';
import type { ArtefactUpload } from '../../src/store/artefact-store.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { emptyFolder } from './span-folder.js';

/** A SQLite file with `spans` and `uploads` in it, and no process that holds it. */
export async function sqliteFile(
  spans: readonly Span[],
  { uploads = [], accountId = 'default' }: { uploads?: readonly ArtefactUpload[]; accountId?: string } = {},
): Promise<string> {
  const path = join(emptyFolder(), 'spans.db');
  const store = await SqliteStore.open({ path });
  await store.upsert(spans, { accountId });
  for (const upload of uploads) await store.putArtefact(upload, { accountId });
  await store.close();
  return path;
}
