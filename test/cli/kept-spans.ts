import { join } from 'node:path';
import type { Span } from '../../src/span/span.js';
import type { ArtefactUpload } from '../../src/store/artefact-store.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { emptyFolder } from './span-folder.js';

export interface SqliteFileOptions {
  readonly uploads?: readonly ArtefactUpload[];
  readonly accountId?: string;
  /** Default: in a folder that goes away with the test. */
  readonly path?: string;
}

/** A SQLite file with `spans` and `uploads` in it, and no process that holds it. */
export async function sqliteFile(
  spans: readonly Span[],
  { uploads = [], accountId = 'default', path = join(emptyFolder(), 'spans.db') }: SqliteFileOptions = {},
): Promise<string> {
  const store = await SqliteStore.open({ path });
  await store.upsert(spans, { accountId });
  for (const upload of uploads) await store.putArtefact(upload, { accountId });
  await store.close();
  return path;
}
