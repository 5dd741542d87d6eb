import { type OptionOwner, wrongOption } from '../span/check-options.js';

/**
 * Refuses what spans cannot be handed to.
 *
 * @throws What `owner.makeError` makes.
 */
export function checkPipeline(owner: OptionOwner, pipeline: unknown): void {
  if (typeof (pipeline as { readonly enqueue?: unknown } | null | undefined)?.enqueue === 'function') return;
  throw wrongOption(owner, 'pipeline', 'a SpanPipeline', pipeline, 'make one, as in new SpanPipeline({ processors: […] })');
}
