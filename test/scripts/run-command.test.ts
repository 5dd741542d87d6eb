import { expect, test } from 'vitest';
import { runCommand } from '../../scripts/run-command.mjs';

const node = process.execPath;

test('the exit code and what was printed on both streams come back', async () => {
  const result = await runCommand(node, ['-e', 'console.log("out"); console.error("err"); process.exitCode = 3']);
  expect(result).toMatchObject({ code: 3, isTimedOut: false });
  expect(result.output).toContain('out');
  expect(result.output).toContain('err');
});

test('a program that does not exist is a result, not an exception', async () => {
  expect(await runCommand('everspan-does-not-exist', [])).toMatchObject({ code: 127 });
});

test('at its time limit a program is killed with its children', async () => {
  // The child holds the pipe open: the call returns only because it is killed too.
  const parent = 'require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" })';
  expect(await runCommand(node, ['-e', parent], { timeoutMs: 300 })).toMatchObject({ code: 128, isTimedOut: true });
});

test('a program that has got somewhere is given its time again', async () => {
  let asked = 0;
  const isStillAllowed = () => {
    asked += 1;
    return asked < 3;
  };
  expect(await runCommand(node, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 50, isStillAllowed })).toMatchObject({
    isTimedOut: true,
  });
  expect(asked).toBe(3);
});
