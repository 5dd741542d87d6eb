import { type Baggage, type BaggageEntry, baggageEntryMetadataFromString, propagation } from '@opentelemetry/api';

/** W3C `baggage` text as OpenTelemetry holds it; members that are malformed are left out. */
export function parseBaggage(text: string): Baggage {
  const entries: Record<string, BaggageEntry> = {};
  for (const member of text.split(',')) {
    const [pair = '', ...properties] = member.split(';');
    const separator = pair.indexOf('=');
    if (separator <= 0) continue;
    const name = decode(pair.slice(0, separator));
    const value = decode(pair.slice(separator + 1));
    if (name === undefined || name === '' || value === undefined) continue;
    entries[name] =
      properties.length === 0 ? { value } : { value, metadata: baggageEntryMetadataFromString(properties.join(';')) };
  }
  return propagation.createBaggage(entries);
}

/** `baggage` as W3C text; `undefined` when it is empty. */
export function formatBaggage(baggage: Baggage | undefined): string | undefined {
  const members = (baggage?.getAllEntries() ?? []).map(([name, { value, metadata }]) => {
    const properties = metadata === undefined ? '' : `;${metadata.toString()}`;
    return `${encodeURIComponent(name)}=${encodeURIComponent(value)}${properties}`;
  });
  return members.length === 0 ? undefined : members.join(',');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    // Not percent-encoding.
    return undefined;
  }
}
