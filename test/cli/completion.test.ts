import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { everspan } from './run-everspan.js';

/** What bash offers after these words, by the script that the program prints. */
async function offered(words: readonly string[]): Promise<string[]> {
  const { stdout: script } = await everspan(['completion', 'bash']);
  const ask = `${script}
COMP_WORDS=(everspan "$@"); COMP_CWORD=$#; COMPREPLY=(); _everspan; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', ask, 'bash', ...words], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  it.each([
    [['tra'], ['trace']],
    [['trace', 's'], ['show']],
    [
      ['trace', 'analyze', 'wfl-1', '-f', 'c'],
      ['critical-path', 'cp'],
    ],
    [
      ['trace', 'fetch', ''],
      ['spans', 'assets', 'lineage'],
    ],
    [['trace', 'fetch', '--from', 'dir', 'sp'], ['spans']],
    [['trace', 'fetch', 'spans', ''], []],
    [
      ['trace', 'list', '--st'],
      ['--status', '--store'],
    ],
    [['trace', 'list', '--status', 'TIM'], ['TIMED_OUT']],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
  ])('after %j offers %j', async (words, expected) => {
    expect(await offered(words)).toEqual(expected);
  });

  it('offers every command of the program', async () => {
    const { stdout } = await everspan(['--help']);
    const commands = await offered(['']);
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });
});

it('for zsh the script loads its emulation of bash first', async () => {
  const { code, stdout } = await everspan(['completion', 'zsh']);
  expect(code).toBe(0);
  expect(stdout.indexOf('bashcompinit')).toBeLessThan(stdout.indexOf('complete -o default -F _everspan everspan'));
});
