import { expect, it, vi } from 'vitest';
import { withSpan } from '../../src/workflow.js';

it('runs its work outside of a workflow as well, and says once that it makes no span there', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  expect(withSpan('mistaken', () => 1)).toBe(1);
  expect(withSpan('mistaken', () => 2)).toBe(2);
  expect(warn.mock.calls).toEqual([[expect.stringContaining("in activities import it from 'everspan'")]]);
});
