/** Whether a field of a client is there: some clients write null for what is absent. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}
