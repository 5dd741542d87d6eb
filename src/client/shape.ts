import { AnswerShapeError } from './errors.js';

/** Checks the value at `path` of an answer. @throws AnswerShapeError that names the path. */
export type Shape = (value: unknown, path: string) => void;

/** `value`, as it is, once `shape` has found nothing wrong with it. Fields that nobody asked for stay. @typeParam T - What `shape` checks. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows which type goes with the shape
export function checked<T>(value: unknown, shape: Shape): T {
  shape(value, '');
  return value as T;
}

export const text: Shape = (value, path) => expectType(typeof value === 'string', 'text', value, path);
export const number: Shape = (value, path) => expectType(typeof value === 'number', 'a number', value, path);
export const truth: Shape = (value, path) => expectType(typeof value === 'boolean', 'true or false', value, path);
/** Whole, and held exactly: a time, a count. */
export const whole: Shape = (value, path) => expectType(Number.isSafeInteger(value), 'a whole number', value, path);
export const anything: Shape = (value, path) => {
  if (value === undefined) throw missing(path);
};

export function oneOf(...names: string[]): Shape {
  return (value, path) =>
    expectType(typeof value === 'string' && names.includes(value), `one of ${names.join(', ')}`, value, path);
}

export function listOf(shape: Shape): Shape {
  return (value, path) => {
    expectType(Array.isArray(value), 'a list', value, path);
    for (const [index, member] of (value as unknown[]).entries()) shape(member, `${path}[${index}]`);
  };
}

/** An object with `required` fields, and `optional` ones that are right where they are there; all others are let be. */
export function object(required: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  const fields = Object.entries(required);
  const optionalFields = Object.entries(optional);
  return (value, path) => {
    expectType(isObject(value), 'an object', value, path);
    const holder = value as Readonly<Record<string, unknown>>;
    const at = path === '' ? '' : `${path}.`;
    for (const [field, shape] of fields) {
      if (!Object.hasOwn(holder, field)) throw missing(`${at}${field}`);
      shape(holder[field], `${at}${field}`);
    }
    for (const [field, shape] of optionalFields) {
      if (Object.hasOwn(holder, field)) shape(holder[field], `${at}${field}`);
    }
  };
}

/** An object whose fields are all alike. */
export function recordOf(shape: Shape): Shape {
  return (value, path) => {
    expectType(isObject(value), 'an object', value, path);
    for (const [field, member] of Object.entries(value as object)) shape(member, `${path}.${field}`);
  };
}

export function nullable(shape: Shape): Shape {
  return (value, path) => {
    if (value !== null) shape(value, path);
  };
}

function expectType(isRight: boolean, wanted: string, value: unknown, path: string): void {
  if (isRight) return;
  if (value === undefined) throw missing(path);
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  throw new AnswerShapeError('WRONG_TYPE', path, `the answer's ${path === '' ? 'whole' : path} must be ${wanted}, got ${found}`);
}

function missing(path: string): AnswerShapeError {
  return new AnswerShapeError('MISSING', path, `the answer lacks ${path}`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
