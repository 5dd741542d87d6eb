import { failCursor } from '../operation/validate-request.js';

/** A place in an order by deadline: what has the same millisecond follows one another by id. */
export interface DeadlinePlace {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Printable ASCII. */
  readonly id: string;
}

/** @throws OperationError `INVALID_CURSOR` for what no store gave. */
export function readDeadlineCursor(cursor: string | undefined): DeadlinePlace | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(\d{1,16}):([\x21-\x7e]+)$/.exec(cursor);
  if (match === null) failCursor(cursor);
  return { deadline: Number(match[1]), id: match[2] as string };
}

export function writeDeadlineCursor({ deadline, id }: DeadlinePlace): string {
  return `${deadline}:${id}`;
}

/** Negative, zero or positive as `a` comes before, with, or after `b`. */
export function compareDeadlines(a: DeadlinePlace, b: DeadlinePlace): number {
  return a.deadline - b.deadline || Number(a.id > b.id) - Number(a.id < b.id);
}
