import { context, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import { createArtefactInterceptor } from '../../src/artefacts/artefact-interceptor.js';
import { rowTime } from '../../src/artefacts/artefact-row.js';
import { marker, phase, task, type TaskOptions } from '../../src/artefacts/index.js';
import { createActivityInterceptor } from '../../src/interceptors/activity-interceptor.js';
import { withSpan } from '../../src/interceptors/activity-with-span.js';
import { writeTemporalHeaders } from '../../src/interceptors/trace-carrier.js';
import { toJsonlRow } from '../../src/wire/jsonl-row.js';
import { activityEnvironment } from '../helpers/activity-environment.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';
import { readRows, spanRow, startRecorder, type TaskRows } from './task-rows.js';

const PLACE = { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isSampled: true, owner: 'owner of the trace' } as const;
const INFO = {
  activityType: 'answer',
  workflowExecution: { workflowId: 'wfl-fbad6be5-c443-4181-a2d3-94eac830dea1', runId: 'run' },
};

/** What the task `doc` of a traced activity wrote, and what went into the trace. */
async function traced(
  body: () => Promise<unknown>,
  place: typeof PLACE | { readonly traceId: string; readonly isSampled: false } = PLACE,
  options: TaskOptions = {},
): Promise<{ readonly rows: TaskRows; readonly spans: SpanRecorder }> {
  const spans = new SpanRecorder();
  const { recorder, folder } = startRecorder();
  const interceptors = [createActivityInterceptor({ pipeline: spans }), createArtefactInterceptor(recorder)];
  const environment = activityEnvironment(INFO, writeTemporalHeaders({}, place), interceptors);
  await environment.run(() => task('doc', options, body));
  await recorder.flush();
  return { rows: readRows(folder, 'doc'), spans };
}

describe('a task of a traced activity', () => {
  it('is in the trace under the attempt, and each leads to the other', async () => {
    const { rows, spans } = await traced(() =>
      phase('inference', { type: 'compute', attributes: { model: 'small' } }, async () => {
        await withSpan('call model', async () => marker('first token'));
      }),
    );
    const attempt = spans.end('attempt answer');
    const [root, row] = [spans.end('task'), spanRow(rows, 'task')];
    expect(root).toMatchObject({ traceId: TRACE_ID, parentId: attempt.spanId, type: 'task' });
    // From the trace to the rows: the task and its workflow. From the rows to the trace: the ids, and the parent's.
    expect(root.attributes).toEqual({
      'everspan.phase_type': 'compute',
      'everspan.data_id': 'doc',
      'everspan.batch_id': 'doc',
      'everspan.workflow_id': INFO.workflowExecution.workflowId,
      'everspan.owner': 'owner of the trace',
      'executor.name': 'answer',
    });
    expect(row).toMatchObject({
      context: { trace_id: `0x${TRACE_ID}`, span_id: `0x${root.spanId}` },
      parent_id: `0x${attempt.spanId}`,
    });
    // Every span of the task is in both, the same but for the names of what makes it a task's.
    for (const name of ['task', 'inference', 'first token']) {
      const [span, its] = [spans.end(name), spanRow(rows, name)];
      expect(its.context.span_id).toBe(`0x${span.spanId}`);
      expect(its.parent_id).toBe(`0x${span.parentId}`);
      expect([its.start_time, its.end_time]).toEqual([span.startTime, span.endTime ?? 0].map((micros) => rowTime(micros)));
    }
    expect(spans.end('inference')).toMatchObject({ parentId: root.spanId, type: 'phase', attributes: { model: 'small' } });
    expect(spans.end('first token')).toMatchObject({ parentId: spans.end('inference').spanId, type: 'marker' });
    expect(spans.end('call model').parentId).toBe(spans.end('inference').spanId);
  });

  it('is found once where rows and trace are summed up together', async () => {
    const { rows, spans } = await traced(() =>
      phase('inference', { type: 'compute', attributes: { data_id: 'claimed', 'flowmesh.type': 'compute' } }, async () => 1),
    );
    const profile = new ProfileAccumulator();
    for (const row of [...rows.spans, ...spans.ended.map(toJsonlRow)]) profile.addSpan(row);
    const { data_ids, e2e_breakdown, per_data_id } = profile.profile().summary;
    expect(data_ids).toEqual(['doc']);
    expect(per_data_id).toHaveLength(1);
    expect(e2e_breakdown.hardware_summary.count).toEqual([1]);
  });

  it('has workflow, executor and owner of its surroundings, unless it says others', async () => {
    const own = await traced(async () => 1);
    expect(spanRow(own.rows, 'task').attributes).toMatchObject({
      workflow_id: INFO.workflowExecution.workflowId,
      'executor.name': 'answer',
      user_id: 'owner of the trace',
    });
    const others = { workflowId: 'other', executorName: 'gpu', ownerId: 'bob' };
    const told = await traced(async () => 1, PLACE, others);
    expect(spanRow(told.rows, 'task').attributes).toMatchObject({ workflow_id: 'other', 'executor.name': 'gpu', user_id: 'bob' });
  });

  it('is the parent of what other instrumentation makes', async () => {
    let active: string | undefined;
    const { spans } = await traced(() =>
      phase('fetch', { type: 'network' }, async () => {
        active = trace.getSpanContext(context.active())?.spanId;
      }),
    );
    expect(active).toBe(spans.end('fetch').spanId);
  });

  it('that is not sampled is recorded all the same, with the trace’s id, and not in the trace', async () => {
    const { rows, spans } = await traced(async () => 1, { traceId: TRACE_ID, isSampled: false });
    expect(spans.events).toEqual([]);
    const row = spanRow(rows, 'task');
    expect(row.context.trace_id).toBe(`0x${TRACE_ID}`);
    expect(row.parent_id).toBeNull();
  });
});
