import { expect, test } from 'vitest';
import { defaultProcessors } from '../../src/plugin/default-processors.js';

function namesAndWarnings(env: NodeJS.ProcessEnv): { names: string[]; warnings: string[] } {
  const warnings: string[] = [];
  const processors = defaultProcessors(env, { warn: (message: string) => void warnings.push(message) });
  return { names: processors.map(({ name }) => name), warnings };
}

test('where the environment names an SGP account spans go there alone, and it says so', () => {
  expect(namesAndWarnings({ SGP_API_KEY: 'sk-1', SGP_ACCOUNT_ID: 'acct' })).toEqual({
    names: ['sgp'],
    warnings: ['everspan: spans go to SGP, as SGP_API_KEY and SGP_ACCOUNT_ID are set'],
  });
});

const TO_FILES =
  'everspan: spans go to JSONL files under ./.everspan/ (set processors, or SGP_API_KEY and SGP_ACCOUNT_ID, to send them elsewhere)';

test('where it names none spans go to files, and it says so', () => {
  expect(namesAndWarnings({})).toEqual({ names: ['jsonl'], warnings: [TO_FILES] });
});

test.each([
  [{ SGP_API_KEY: 'sk-1' }, 'SGP_ACCOUNT_ID'],
  [{ SGP_ACCOUNT_ID: 'acct' }, 'SGP_API_KEY'],
])('where it names half of one, %j, spans go to files, and it says what is missing', (env, missing) => {
  expect(namesAndWarnings(env)).toEqual({
    names: ['jsonl'],
    warnings: [`everspan: no spans go to SGP, because ${missing} is not set`, TO_FILES],
  });
});
