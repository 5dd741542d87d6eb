import type { OptionOwner } from '../span/check-options.js';
import { wrongOption } from '../span/check-options.js';
import { describeValue } from '../span/validate-span.js';

/**
 * Refuses what is no list of processors, made and named.
 *
 * @throws What `owner.makeError` makes.
 */
export function checkProcessors(owner: OptionOwner, processors: unknown): void {
  if (!Array.isArray(processors)) throw wrongOption(owner, 'processors', 'a list of at least one processor', processors);
  for (const processor of processors as readonly unknown[]) checkProcessor(owner, processor);
}

/**
 * Refuses two processors of one name: nobody could tell their counters apart.
 *
 * @throws What `owner.makeError` makes.
 */
export function checkProcessorNames(owner: OptionOwner, processors: readonly { readonly name: string }[]): void {
  const names = processors.map((processor) => processor.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  const remedy = `give one of them another, as in new …Processor({ …, name: ${JSON.stringify(`${twice}-2`)} })`;
  const message = `must be processors of different names, got two that are named ${describeValue(twice)}: ${remedy}`;
  throw owner.makeError('processors', `${owner.name} option processors ${message}`);
}

function checkProcessor(owner: OptionOwner, processor: unknown): void {
  const member = processor as Readonly<Record<string, unknown>> | null | undefined;
  for (const method of ['start', 'end', 'shutdown'] as const) {
    if (typeof member?.[method] === 'function') continue;
    const isClass = typeof processor === 'function';
    const advice = isClass ? `make one, as in new ${processor.name === '' ? 'It' : processor.name}(…)` : '';
    throw wrongOption(owner, 'processors', `processors with a method ${method}()`, processor, advice);
  }
  if (typeof member?.['name'] !== 'string' || member['name'] === '') {
    const wanted = 'processors with a name, the text that counters and warnings show';
    throw wrongOption(owner, 'processors', wanted, processor, `its name is ${describeValue(member?.['name'])}`);
  }
}
