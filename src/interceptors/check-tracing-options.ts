import { checkOptionNames, configOwner, wrongOption } from '../span/check-options.js';

/**
 * Refuses options of an interceptor that could not trace with them.
 *
 * @param taker - The function that takes them, for messages.
 * @param needsPipeline - Whether there is nothing to do without one.
 * @throws EverspanConfigError `INVALID_OPTION`.
 */
export function checkTracingOptions(
  taker: string,
  options: unknown,
  names: Readonly<Record<string, true>>,
  needsPipeline: boolean,
): void {
  const owner = configOwner(taker);
  checkOptionNames(owner, options, names);
  const { pipeline, sampleRatio } = options as {
    readonly pipeline?: { readonly enqueue?: unknown } | null;
    readonly sampleRatio?: unknown;
  };
  const isMissing = pipeline === undefined && !needsPipeline;
  if (!isMissing && typeof pipeline?.enqueue !== 'function')
    throw wrongOption(owner, 'pipeline', 'a SpanPipeline', pipeline, 'make one, as in new SpanPipeline({ processors: […] })');
  if (sampleRatio !== undefined && !(typeof sampleRatio === 'number' && sampleRatio >= 0 && sampleRatio <= 1))
    throw wrongOption(owner, 'sampleRatio', 'a number from 0 to 1', sampleRatio);
}
