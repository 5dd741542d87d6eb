import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { everspan } from './run-everspan.js';
import { folderOf } from './span-folder.js';

const fixtures = fileURLToPath(new URL('../fixtures/flowmesh', import.meta.url));
const two = `${fixtures}/two_branch_synthesis`;

describe('everspan trace analyze, of rows of tasks in a folder', () => {
  it.each(readdirSync(fixtures))('gives the expected profile of %s as JSON', async (name) => {
    const expected = JSON.parse(readFileSync(`${fixtures}/${name}/expected.json`, 'utf8')) as { workflow_id: string };
    const { code, stdout, stderr } = await everspan([
      'trace',
      'analyze',
      expected.workflow_id,
      '--from',
      `${fixtures}/${name}`,
      '-f',
      'json',
    ]);
    expect(JSON.parse(stdout)).toEqual(expected);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each([
    ['rich', ['workflow wfl-1', 'Compute', 'Network', 'Queuing', 'Critical path', 'Lineage']],
    ['critical-path', ['Critical path', '├─ tsk-2  4.0 s active / 0 µs wait', '└─ tsk-3  1.0 s active / 1.0 s wait']],
    ['cp', ['Critical path', '├─ tsk-2  4.0 s active']],
    ['end-to-end', ['workflow wfl-1', 'Compute', 'model load      2  4.0 s']],
    ['e2e', ['workflow wfl-1', 'Compute']],
    ['queuing', ['Queuing', 'tsk-3    1.0 s  tsk-2']],
    ['lineage', ['tsk-3\n├─ tsk-1\n└─ tsk-2\n']],
  ])('shows the view %s', async (format, parts) => {
    const { code, stdout } = await everspan(['trace', 'analyze', 'wfl-1', '--from', two, '-f', format]);
    expect(code).toBe(0);
    for (const part of parts) expect(stdout).toContain(part);
  });

  it('shows as many lines as --top asks for, and counts the others', async () => {
    const { stdout } = await everspan(['trace', 'analyze', 'wfl-1', '--from', two, '-f', 'queuing', '--top', '1']);
    expect(stdout).toContain('tsk-3');
    expect(stdout).not.toContain('tsk-1');
    expect(stdout).toContain('… and 2 more');
  });

  it('cuts a circle of the lineage, and names it on stderr', async () => {
    const row = (dataId: string, source: string): string =>
      `${JSON.stringify({ data_id: dataId, source_data_id: source, created_at: '2026-01-01T00:00:00Z' })}\n`;
    const folder = folderOf({ 'lineage.jsonl': row('a', 'b') + row('b', 'c') + row('c', 'a') });
    const { code, stdout, stderr } = await everspan(['trace', 'analyze', 'wfl-2', '--from', folder, '-f', 'lineage']);
    expect(code).toBe(0);
    expect(stdout).toContain('(cycle)');
    expect(stderr).toMatch(/^everspan: the lineage goes in a circle, which was cut: a ← b ← c ← a\n$/);
  });

  it('names files with lines that say nothing, and reads the others', async () => {
    const folder = folderOf({
      'spans.jsonl': `${readFileSync(`${two}/spans.jsonl`, 'utf8')}\nnot json\n{"name": 3}\n`,
      'task-9/logs/lineage.jsonl': readFileSync(`${two}/lineage.jsonl`, 'utf8'),
    });
    const { stdout, stderr } = await everspan(['trace', 'analyze', 'wfl-1', '--from', folder, '-f', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ event_count: 9, critical_path: { path: ['tsk-2', 'tsk-3'] } });
    expect(stderr).toMatch(/^everspan: .*spans\.jsonl: 2 lines skipped, since they say nothing that can be read\n$/);
  });

  it('stops a file that is no JSONL after 100 bad lines, and says where', async () => {
    const folder = folderOf({ 'spans.jsonl': 'x\n'.repeat(500), 'lineage.jsonl': readFileSync(`${two}/lineage.jsonl`, 'utf8') });
    const { code, stderr } = await everspan(['trace', 'analyze', 'wfl-1', '--from', folder, '-f', 'json']);
    expect(code).toBe(0);
    expect(stderr).toContain('not read past line 100: too many bad lines in a row');
  });
});
