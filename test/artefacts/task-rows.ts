import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ArtefactOptions } from '../../src/artefacts/artefact-options.js';
import { ArtefactRecorder } from '../../src/artefacts/artefact-recorder.js';
import type { AssetRow, LineageRow } from '../../src/artefacts/artefact-row.js';
import type { JsonlRow } from '../../src/wire/jsonl-row.js';

/** The rows of one folder. */
export interface TaskRows {
  readonly spans: readonly JsonlRow[];
  readonly assets: readonly AssetRow[];
  readonly lineage: readonly LineageRow[];
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-artefacts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A recorder in a folder of its own; both go with the test. It warns into `warnings`. */
export function startRecorder(options: ArtefactOptions = {}): {
  readonly recorder: ArtefactRecorder;
  readonly folder: string;
  readonly warnings: string[];
} {
  const folder = options.folder ?? temporaryFolder();
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message) };
  const recorder = new ArtefactRecorder({ resource: { 'service.name': 'tested' }, logger, ...options, folder });
  onTestFinished(() => recorder.shutdown(10_000));
  return { recorder, folder, warnings };
}

/** The rows of `name`, a folder under `root`. */
export function readRows(root: string, name: string): TaskRows {
  const read = <T>(type: string): T[] => {
    const lines = readFileSync(join(root, name, 'logs', `${type}.jsonl`), 'utf8').split('\n');
    // Each row ends its line.
    if (lines.pop() !== '') throw new TypeError(`${type} of ${name} ends in the middle of a line`);
    return lines.map((line) => JSON.parse(line) as T);
  };
  return { spans: read('spans'), assets: read('assets'), lineage: read('lineage') };
}

/** The rows of every folder under `root`, by name. */
export function readAllRows(root: string): Map<string, TaskRows> {
  return new Map(
    readdirSync(root)
      .sort()
      .map((name) => [name, readRows(root, name)]),
  );
}

/** The one span row of that name, and of that data id where one is given. */
export function spanRow({ spans }: TaskRows, name: string, dataId?: string): JsonlRow {
  const found = spans.filter((row) => row.name === name && (dataId === undefined || row.attributes['data_id'] === dataId));
  if (found.length !== 1 || found[0] === undefined) {
    throw new TypeError(`${found.length} rows ${name} of ${dataId}; there are: ${spans.map((row) => row.name).join(', ')}`);
  }
  return found[0];
}
