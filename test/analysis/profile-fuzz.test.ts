import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import { lineageRow, spanRow } from './rows.js';

const ids = fc.constantFrom('a', 'b', 'c', '', '__proto__', 'constructor', '\u0000', 'ü');
const seconds = fc.integer({ min: 0, max: 20 });
const goodSpan = fc
  .record({
    name: fc.constantFrom('task', 'dump to storage', 'load', '__proto__', ''),
    id: fc.option(ids, { nil: undefined }),
    from: seconds,
    to: seconds,
    type: fc.constantFrom('compute', 'network', 'marker', null),
    batch: fc.option(ids, { nil: undefined }),
    parent: fc.constantFrom(null, '0x1'),
  })
  .map(({ name, id, from, to, type, batch, parent }) =>
    spanRow(name, id, [from, to], { type, parent, ...(batch === undefined ? {} : { batch }) }),
  );
const fields = ['name', 'context', 'parent_id', 'start_time', 'end_time', 'status', 'attributes'];
/** A good row of which one field is anything. */
const spoiltSpan = fc
  .tuple(goodSpan, fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 3 }))
  .map(([row, field, value]) => ({ ...row, [field]: value }));
const anyAsset = fc.oneof(
  fc.jsonValue(),
  fc.record({
    asset_guid: fc.oneof(ids, fc.jsonValue()),
    version: fc.jsonValue(),
    data_id: fc.jsonValue(),
    user_id: fc.jsonValue(),
  }),
);
const anyLineage = fc.oneof(
  fc.tuple(ids, ids).map(([id, source]) => lineageRow(id, source)),
  fc.jsonValue(),
);

test('whatever the rows are, none throws, each is counted or dropped, and the summary is JSON of whole sums', () => {
  const anySpan = fc.oneof(goodSpan, goodSpan, spoiltSpan, fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(
      fc.array(anySpan, { maxLength: 12 }),
      fc.array(anyAsset, { maxLength: 5 }),
      fc.array(anyLineage, { maxLength: 8 }),
      (spans, assets, lineage) => {
        const rows = new ProfileAccumulator();
        const taken = spans.filter((row) => rows.addSpan(row)).length;
        for (const row of assets) rows.addAsset(row);
        const edges = lineage.filter((row) => rows.addLineage(row)).length;
        const { summary, droppedRows } = rows.profile('w');

        expect(summary.event_count).toBe(taken);
        expect(droppedRows.spans).toBe(spans.length - taken);
        expect(summary.lineage).toHaveLength(edges);
        expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
        expect(summary.per_data_id.map(({ data_id: id }) => id)).toEqual(summary.data_ids);
        expect(new Set(summary.data_ids).size).toBe(summary.data_ids.length);
        expect(summary.critical_path === null).toBe(summary.data_ids.length === 0);
        const path = summary.critical_path?.path ?? [];
        expect(new Set(path).size).toBe(path.length);
        for (const { queuing_delay_seconds: wait, duration_seconds: length } of summary.per_data_id) {
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(length).toBeGreaterThanOrEqual(0);
        }
        const { active_wait_breakdown: parts, critical_path_seconds: whole } = summary.critical_path ?? {
          active_wait_breakdown: { active_seconds: [], wait_seconds: [] },
          critical_path_seconds: 0,
        };
        const micros = [...parts.active_seconds, ...parts.wait_seconds].reduce((sum, one) => sum + Math.round(one * 1e6), 0);
        expect(Math.round(whole * 1e6)).toBe(micros);
      },
    ),
    { numRuns: 5_000 },
  );
});
