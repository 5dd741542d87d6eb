import { checkPipeline } from '../activities/check-pipeline.js';
import { checkOptionNames, checkRange, configOwner } from '../span/check-options.js';

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
  const { pipeline, sampleRatio } = options as { readonly pipeline?: unknown; readonly sampleRatio?: unknown };
  const isMissing = pipeline === undefined && !needsPipeline;
  if (!isMissing) checkPipeline(owner, pipeline);
  if (sampleRatio !== undefined) checkRange(owner, 'sampleRatio', sampleRatio, 0, 1);
}
