const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;

const ZERO = 48;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const COMMA = 44;
const COLON = 58;
const SPACE = 32;
const UPPER_T = 84;
const LOWER_T = 116;
const UPPER_Z = 90;
const LOWER_Z = 122;

/**
 * Whole microseconds since the epoch from ISO 8601: date, `T` or a space, time, up to any number of digits of a second, of which six count,
 * and `Z` or an offset. Without either it is UTC.
 *
 * Made of integers throughout: at the size of today's times a float of seconds has no room for microseconds. Read by character, since it
 * is called twice a row and a pattern costs as much as the row's JSON.
 *
 * @returns `undefined` when `text` is no such time, no day of the calendar, or outside the years 1684 to 2255, whose microseconds a number
 * can say one by one.
 */
export function microsFromIso(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS || !isDay(year, month, day)) return undefined;
  const separator = text.charCodeAt(10);
  if (separator !== UPPER_T && separator !== LOWER_T && separator !== SPACE) return undefined;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (hour < 0 || hour > 23 || text.charCodeAt(13) !== COLON || minute < 0 || minute > 59) return undefined;

  let at = 16;
  let second = 0;
  let fraction = 0;
  if (text.charCodeAt(at) === COLON) {
    second = digits(text, at + 1, 2);
    if (second < 0 || second > 59) return undefined;
    at += 3;
    const point = text.charCodeAt(at);
    if (point === DOT || point === COMMA) {
      const from = at + 1;
      at = endOfDigits(text, from);
      if (at === from) return undefined;
      fraction = micros(text, from, at);
    }
  }
  const offsetSeconds = zone(text, at);
  if (offsetSeconds === undefined) return undefined;
  const seconds = daysSinceEpoch(year, month, day) * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second - offsetSeconds;
  const time = seconds * MICROS_PER_SECOND + fraction;
  return Number.isSafeInteger(time) ? time : undefined;
}

/** ISO 8601 in UTC with `Z`; six digits of a second where there are any: `2026-04-29T00:00:05.500000Z`, `2026-04-29T00:00:05Z`. */
export function isoFromMicros(time: number): string {
  const seconds = Math.floor(time / MICROS_PER_SECOND);
  const rest = time - seconds * MICROS_PER_SECOND;
  const whole = new Date(seconds * 1_000).toISOString().slice(0, -5);
  return rest === 0 ? `${whole}Z` : `${whole}.${String(rest).padStart(6, '0')}Z`;
}

/** The number that `count` digits from `from` make; -1 where one is none. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    // Past the end it is NaN.
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  for (let digit = text.charCodeAt(at) - ZERO; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - ZERO) at += 1;
  return at;
}

function micros(text: string, from: number, to: number): number {
  let value = 0;
  for (let place = 0; place < 6; place += 1) {
    const at = from + place;
    value = value * 10 + (at < to ? text.charCodeAt(at) - ZERO : 0);
  }
  return value;
}

/** Seconds east of UTC, from what stands at `at` to the end of `text`. */
function zone(text: string, at: number): number | undefined {
  if (at === text.length) return 0;
  const sign = text.charCodeAt(at);
  if (sign === UPPER_Z || sign === LOWER_Z) return at + 1 === text.length ? 0 : undefined;
  if (sign !== PLUS && sign !== MINUS) return undefined;
  const hours = digits(text, at + 1, 2);
  let minutes = 0;
  let end = at + 3;
  if (end < text.length) {
    if (text.charCodeAt(end) === COLON) end += 1;
    minutes = digits(text, end, 2);
    end += 2;
  }
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || end !== text.length) return undefined;
  const seconds = hours * 3_600 + minutes * 60;
  return sign === MINUS ? -seconds : seconds;
}

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > (DAYS_OF_MONTH[month - 1] as number)) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

// The year is counted from March, so that the leap day is its last: then the days before a month are a straight line, rounded.
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const monthFromMarch = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + Math.floor((153 * monthFromMarch + 2) / 5) + day - 719_469;
}
