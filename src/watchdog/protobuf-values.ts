/** `text` where there is some: protobuf has an empty one, or `null`, in place of none. */
export function textIn(text: string | null | undefined): string | undefined {
  return text === null || text === '' ? undefined : text;
}

/** A protobuf timestamp or duration in microseconds, cut; `undefined` where there is none. */
export function microsOf(
  time: { readonly seconds?: { toString(): string } | number | null; readonly nanos?: number | null } | null | undefined,
): number | undefined {
  if (time === null || time === undefined) return undefined;
  // 64 bits come as an object of the protobuf library's, which says its digits.
  const seconds = Number((time.seconds ?? 0).toString());
  return seconds * 1_000_000 + Math.floor((time.nanos ?? 0) / 1_000);
}
