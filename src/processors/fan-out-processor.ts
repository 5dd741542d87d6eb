import type { Span } from '../span/span.js';
import { checkOptionNames, type OptionNames } from '../span/check-options.js';
import { checkProcessors } from './check-processors.js';
import { ProcessorOptionsError, type SpanDeliveryCode, SpanDeliveryError } from './errors.js';
import { type NamedProcessorOptions, processorName, processorOwner } from './processor-options.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';
import { untilAborted } from './until-aborted.js';

const OWNER = processorOwner('FanOutProcessor');
const NAMES: OptionNames<NamedProcessorOptions> = { name: true };

/**
 * Sends every batch to several processors at once; one that fails or hangs does not keep the others from getting it.
 *
 * Throws one `SpanDeliveryError` for all that failed, `cause` being an AggregateError of theirs: `UNAVAILABLE` or `ABORTED` when
 * sending the whole batch again may help (processors that have it already take it again unharmed), else `REJECTED`.
 */
export class FanOutProcessor implements SpanProcessor {
  readonly name: string;
  readonly #processors: readonly SpanProcessor[];

  /** @throws ProcessorOptionsError */
  constructor(processors: readonly SpanProcessor[], options: NamedProcessorOptions = {}) {
    checkOptionNames(OWNER, options, NAMES);
    this.name = processorName(OWNER, options, 'fan-out');
    checkProcessors(OWNER, processors);
    if (processors.length === 0) throw new ProcessorOptionsError('processors', 'FanOutProcessor: needs at least one processor');
    this.#processors = [...processors];
  }

  start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    return this.#sendToAll((processor) => processor.start(spans, context), context.signal);
  }

  end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    return this.#sendToAll((processor) => processor.end(spans, context), context.signal);
  }

  /** Shuts all of them down, also when one fails. */
  shutdown(): Promise<void> {
    return this.#sendToAll((processor) => processor.shutdown());
  }

  async #sendToAll(send: (processor: SpanProcessor) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const outcomes = await Promise.allSettled(
      this.#processors.map((processor) => {
        // In an async function, so that one that throws at once does not keep the batch from the next.
        const sending = (async () => await send(processor))();
        if (signal === undefined) return sending;
        return untilAborted(sending, signal, () => new SpanDeliveryError('ABORTED', processor.name, 'no answer in time'));
      }),
    );
    const failures = outcomes.flatMap((outcome, index): Failure[] => {
      const processor = this.#processors[index]?.name ?? this.name;
      return outcome.status === 'rejected' ? [{ processor, error: outcome.reason as unknown }] : [];
    });
    if (failures.length > 0) throw aggregated(this.name, failures, this.#processors.length);
  }
}

interface Failure {
  readonly processor: string;
  readonly error: unknown;
}

// Most worth another try first: the whole deserves one if a part does.
const CODES_BY_HOPE: readonly SpanDeliveryCode[] = ['UNAVAILABLE', 'ABORTED', 'REJECTED'];

function aggregated(name: string, failures: readonly Failure[], processorCount: number): SpanDeliveryError {
  const codes = failures.map((failure) => codeOf(failure.error));
  const code = CODES_BY_HOPE.find((candidate) => codes.includes(candidate)) ?? 'UNAVAILABLE';
  const parts = failures.map(({ processor, error }) => {
    return error instanceof SpanDeliveryError ? `${processor}: ${error.code} ${error.message}` : `${processor}: threw`;
  });
  const rejectedSpanIds = new Set(
    failures.flatMap(({ error }) => (error instanceof SpanDeliveryError ? error.rejectedSpanIds : [])),
  );
  return new SpanDeliveryError(
    code,
    name,
    `${failures.length} of ${processorCount} processors did not take the batch: ${parts.join('; ')}`,
    {
      rejectedSpanIds: [...rejectedSpanIds],
      cause: new AggregateError(
        failures.map((failure) => failure.error),
        'each failure of a processor',
      ),
    },
  );
}

// An error that is not ours says nothing about another try, so it may have one.
function codeOf(error: unknown): SpanDeliveryCode {
  return error instanceof SpanDeliveryError ? error.code : 'UNAVAILABLE';
}
