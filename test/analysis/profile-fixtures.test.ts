import { createReadStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import { readJsonl } from '../../src/analysis/jsonl-reader.js';
import type { ProfileSummary } from '../../src/wire/profile-summary.js';

const folder = (name: string) => fileURLToPath(new URL(`../fixtures/flowmesh/${name}/`, import.meta.url));

test.each(['empty_spans', 'router_single', 'two_branch_synthesis'])(
  'the rows of %s give the summary that is expected',
  async (name) => {
    const expected = JSON.parse(readFileSync(`${folder(name)}expected.json`, 'utf8')) as ProfileSummary;
    const rows = new ProfileAccumulator();
    await readJsonl(createReadStream(`${folder(name)}spans.jsonl`), (row) => rows.addSpan(row));
    await readJsonl(createReadStream(`${folder(name)}assets.jsonl`), (row) => rows.addAsset(row));
    await readJsonl(createReadStream(`${folder(name)}lineage.jsonl`), (row) => rows.addLineage(row));

    const { summary, lineageCycles, droppedRows } = rows.profile(expected.workflow_id ?? undefined);

    // As text, so that the order of the keys counts too.
    expect(JSON.stringify(summary, undefined, 1)).toBe(JSON.stringify(expected, undefined, 1));
    expect(lineageCycles).toEqual([]);
    expect(droppedRows).toEqual({ spans: 0, assets: 0, lineage: 0 });
  },
);
