import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/span/span.js';
import { CLOSED_TRACE, COMPOSE, FIRST_ATTEMPT, GREET, SECOND_ATTEMPT, TRACE, WAIT } from '../testing/sample-trace.js';
import { everspan } from './run-everspan.js';
import { folderOf, rowsText, spanFolder } from './span-folder.js';

const QUEUED: readonly Span[] = CLOSED_TRACE.map((span) => ({
  ...span,
  attributes: {
    ...span.attributes,
    ...(span.type === 'attempt'
      ? { 'temporal.task_queue': 'words', 'temporal.activity.attempt_scheduled_time': span.startTime - 5_000 }
      : {}),
  },
}));
const analyze = (spans: readonly Span[], ...args: string[]) =>
  everspan(['trace', 'analyze', GREET.traceId, '--from', spanFolder(spans), ...args]);

interface PathAnswer {
  readonly traceId: string;
  readonly criticalPath: {
    readonly isProvisional: boolean;
    readonly startTime: number;
    readonly endTime: number;
    readonly totals: Readonly<Record<string, number>>;
    readonly segments: readonly { readonly startTime: number; readonly endTime: number }[];
  };
}

describe('everspan trace analyze, of a trace', () => {
  it('gives the typed critical path, which covers the whole, as JSON', async () => {
    const { code, stdout } = await analyze(CLOSED_TRACE, '-f', 'json');
    expect(code).toBe(0);
    const { traceId, criticalPath } = JSON.parse(stdout) as PathAnswer;
    expect(traceId).toBe(GREET.traceId);
    expect(criticalPath.isProvisional).toBe(false);
    expect(Object.values(criticalPath.totals).reduce((sum, micros) => sum + micros, 0)).toBe(120_000);
    for (const [index, segment] of criticalPath.segments.entries()) {
      expect(segment.startTime).toBe(criticalPath.segments[index - 1]?.endTime ?? GREET.startTime);
    }
    expect(criticalPath.segments.at(-1)?.endTime).toBe(GREET.endTime);
  });

  it.each([
    ['rich', ['greet', 'Critical path', 'Time by span', 'Waits for a worker']],
    ['critical-path', ['Critical path', 'attempt 1', 'attempt 2', 'backoff']],
    ['cp', ['Critical path']],
    ['end-to-end', ['Time by span', 'attempt 1']],
    ['e2e', ['Time by span']],
    ['queuing', ['by task queue', 'words', '5.0 ms']],
    ['lineage', ['no lineage']],
  ])('shows the view %s', async (format, parts) => {
    const { code, stdout, stderr } = await analyze(QUEUED, '-f', format);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of parts) expect(stdout).toContain(part);
  });

  it('says of a trace that still runs that its path is the one so far', async () => {
    // The timer is what the workflow waits for.
    const running = TRACE.map((span): Span => {
      if (span !== GREET) return span;
      const { endTime: _, ...open } = GREET;
      return { ...open, status: 'RUNNING' };
    });
    expect((await analyze(running, '-f', 'cp')).stdout).toContain('still running: the path so far');
    expect((JSON.parse((await analyze(running, '-f', 'json')).stdout) as PathAnswer).criticalPath.isProvisional).toBe(true);
  });

  it('takes the spans, or the rows of tasks, where both are there', async () => {
    const row = { asset_guid: 'g', data_id: 'tsk-1', version: 1, user_id: 'u', created_at: '2026-01-01T00:00:00Z' };
    const folder = folderOf({ 'spans-host-1.jsonl': rowsText(CLOSED_TRACE), 'tsk-1/assets.jsonl': `${JSON.stringify(row)}\n` });
    const by = async (...args: string[]): Promise<object> =>
      JSON.parse((await everspan(['trace', 'analyze', 'greet-7', '--from', folder, '-f', 'json', ...args])).stdout) as object;
    expect(await by()).toMatchObject({ workflow_id: 'greet-7', event_count: 0, assets: [{ asset_guid: 'g' }] });
    expect(await by('--by', 'tasks')).toHaveProperty('workflow_id');
    expect(await by('--by', 'spans')).toHaveProperty('criticalPath');
    expect((await analyze(CLOSED_TRACE, '--by', 'tasks')).code).toBe(3);
  });

  it('lists as many segments as --top asks for, and says what it left out', async () => {
    expect((await analyze(CLOSED_TRACE, '-f', 'cp', '--top', '1')).stdout).toMatch(
      /… and \d+ segments more, .* in all \(--top\)/,
    );
  });
});

describe('everspan trace compare', () => {
  const OTHER = 'd'.repeat(32);
  const slower = [
    GREET,
    COMPOSE,
    SECOND_ATTEMPT,
    { ...WAIT, endTime: (GREET.endTime as number) + 80_000, status: 'OK' as const },
  ].map(
    (span): Span => ({
      ...span,
      traceId: OTHER,
      ...(span === GREET ? { endTime: (GREET.endTime as number) + 80_000 } : {}),
    }),
  );
  const folder = (): string => spanFolder([...CLOSED_TRACE, ...slower]);

  it('says what took longer, what is gone and what became critical', async () => {
    const { code, stdout } = await everspan(['trace', 'compare', GREET.traceId, OTHER, '--from', folder()]);
    expect(code).toBe(0);
    expect(stdout).toContain('+80 ms (+67 %)');
    expect(stdout).toMatch(/Changed\n.*\n(?:.*\n)*wait +30 ms +110 ms/);
    expect(stdout).toContain(FIRST_ATTEMPT.name);
  });

  it('tells machines in JSON, with both ids', async () => {
    const { stdout } = await everspan(['trace', 'compare', GREET.traceId, OTHER, '--from', folder(), '-f', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      traceIds: { before: GREET.traceId, after: OTHER },
      comparison: { before: { micros: 120_000 }, after: { micros: 200_000 } },
    });
  });

  it('finds nothing between a trace and itself', async () => {
    const { stdout } = await everspan(['trace', 'compare', GREET.traceId, GREET.traceId, '--from', folder()]);
    expect(stdout).toContain('change  none');
    expect(stdout).toContain('no step differs');
  });

  it('names the one that is not there', async () => {
    const { code, stderr } = await everspan(['trace', 'compare', GREET.traceId, 'nobody', '--from', folder()]);
    expect(code).toBe(3);
    expect(stderr).toContain('no trace or workflow nobody');
  });
});
