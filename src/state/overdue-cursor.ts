import { failCursor } from '../operation/validate-request.js';

/** A place in the order of deadlines: operations of the same millisecond follow one another by id. */
export interface OverduePlace {
  readonly deadline: number;
  readonly operationId: string;
}

/** @throws OperationError `INVALID_CURSOR` for what no store gave. */
export function readOverdueCursor(cursor: string | undefined): OverduePlace | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(\d{1,16}):([\x21-\x7e]+)$/.exec(cursor);
  if (match === null) failCursor(cursor);
  return { deadline: Number(match[1]), operationId: match[2] as string };
}

export function writeOverdueCursor({ deadline, operationId }: OverduePlace): string {
  return `${deadline}:${operationId}`;
}

export function isAfterCursor(place: OverduePlace, after: OverduePlace | undefined): boolean {
  if (after === undefined) return true;
  return place.deadline > after.deadline || (place.deadline === after.deadline && place.operationId > after.operationId);
}
