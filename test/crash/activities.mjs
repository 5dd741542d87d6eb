import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/** @param {number} durationMs */
async function spend(durationMs) {
  await Context.current().sleep(durationMs);
  return durationMs;
}

/** What the workflows of the crash suite call. Each may be run again after its process died. */
export const activities = {
  quick: async () => spend(5),
  slow: async () => spend(1_500),
  rank: async () => spend(20),
  read: async () => spend(20),
  look: async () => spend(2),
  lookLonger: async () => spend(300),
  /** Fails at its first two attempts, wherever those ran. */
  async flaky() {
    const { attempt } = Context.current().info;
    if (attempt <= 2) throw ApplicationFailure.retryable(`attempt ${attempt}`, 'Flaky');
    return attempt;
  },
  /** Fails at its first attempt; called as a local activity. */
  async flakyLook() {
    const { attempt } = Context.current().info;
    if (attempt === 1) throw ApplicationFailure.retryable('first attempt', 'Flaky');
    return attempt;
  },
  async broken() {
    throw ApplicationFailure.nonRetryable('never works', 'Broken');
  },
};
