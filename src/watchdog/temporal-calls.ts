import type { Client } from '@temporalio/client';
import { UnreadableRecordError, WatchdogError } from './errors.js';

/** Longest that one question may take, in milliseconds, with the client's own retries. */
const CALL_MS_MAX = 10_000;
/** So many questions in a row without an answer, and the namespace counts as away. */
const UNANSWERED_IN_A_ROW_MAX = 10;

/** Asks Temporal, each time within a bound, and gives up when it has stopped answering. */
export class TemporalCalls {
  private unansweredInARow = 0;

  constructor(private readonly client: Pick<Client, 'withDeadline' | 'options'>) {}

  /**
   * What `question` answers; `undefined` when there was no answer.
   *
   * @throws WatchdogError `NAMESPACE_UNANSWERED` after ten in a row without one.
   */
  async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await this.client.withDeadline(Date.now() + CALL_MS_MAX, question);
      this.unansweredInARow = 0;
      return answer;
    } catch (error) {
      // An answer, though one that nothing can be concluded from.
      if (error instanceof UnreadableRecordError) return undefined;
      this.unansweredInARow += 1;
      if (this.unansweredInARow < UNANSWERED_IN_A_ROW_MAX) return undefined;
      throw new WatchdogError(
        'NAMESPACE_UNANSWERED',
        `namespace ${this.client.options.namespace} has stopped answering; the sweep goes on from here when it is tried again: ${String(error)}`,
        error,
      );
    }
  }
}
