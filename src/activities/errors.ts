/** Two processors of one pipeline have the same name, so that nobody could tell their counters apart. */
export class DuplicateProcessorError extends Error {
  override readonly name = 'DuplicateProcessorError';
  readonly code = 'DUPLICATE_PROCESSOR';

  constructor(processorName: string) {
    super(`two processors are named ${JSON.stringify(processorName)}: give one of them another name`);
  }
}
