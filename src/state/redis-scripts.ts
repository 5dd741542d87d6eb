import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { METADATA_FIELDS_MAX, PROGRESS_TIMEOUT_MS, REFUSAL_LOG_BYTES_MAX } from '../operation/operation-limits.js';
import { DEFAULT_LIFETIMES, type OperationLifetimes } from '../operation/operation-record.js';
import { OPERATION_STATES, predecessorsOf } from '../operation/operation-state.js';
import { OPERATION_FIELDS } from '../operation/reserved-fields.js';

const SCRIPT_NAMES = [
  'advance',
  'checkpoint',
  'checkpoint-bytes',
  'claim',
  'create',
  'finish',
  'force',
  'history',
  'index-drop',
  'index-page',
  'read',
  'renew',
  'spans-forget',
  'spans-put',
  'spans-read',
  'spans-remove',
  'spans-renew',
] as const;

export type ScriptName = (typeof SCRIPT_NAMES)[number];

/**
 * Begins the name of each field that holds a step of the log; a request's id follows. A name that no metadata can have. Steps are fields, not one
 * text: a text would have to be read, searched and written whole by every step.
 */
const LOG_FIELD_PREFIX = 'everspan_#';
/** Of its steps an operation keeps the first and the last ones, so many together … */
const LOG_STEPS_KEPT = 40;
/** … and up to twice this more: so many versions apart are the looks whether there are too many. */
const LOG_CUT_EVERY = 16;

/** A Lua script as it is sent: its text, and the SHA-1 that the server knows it by once it has seen it. */
export interface RedisScript {
  readonly name: ScriptName;
  readonly text: string;
  readonly sha: string;
}

/** The scripts, with the limits and the lifetimes of one store in them. */
export type RedisScripts = (name: ScriptName) => RedisScript;

/** Scripts that are read from `lua/` beside this file when they are first asked for. */
export function redisScripts(lifetimes: OperationLifetimes = DEFAULT_LIFETIMES): RedisScripts {
  const loaded = new Map<ScriptName, RedisScript>();
  return (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const text = `${constantsInLua(lifetimes)}${withIncludes(readLua(name))}`;
    const script = { name, text, sha: createHash('sha1').update(text).digest('hex') };
    loaded.set(name, script);
    return script;
  };
}

/** `--- @include NAME` is replaced by `lua/include/NAME.lua`, whose own includes are replaced too. */
function withIncludes(text: string): string {
  return text.replaceAll(/^ *--- @include ([a-z-]+)$/gm, (_line, name: string) => withIncludes(readLua(`include/${name}`)));
}

function readLua(path: string): string {
  return readFileSync(new URL(`./lua/${path}.lua`, import.meta.url), 'utf8');
}

/** The table and the limits, so that they stand in one place and no caller has to tell the scripts. */
function constantsInLua({ failsafeTtlMs, terminalTtlMs }: OperationLifetimes): string {
  const steps = OPERATION_STATES.flatMap((to) => predecessorsOf(to).map((from) => `${from}>${to}`));
  return [
    `local FAILSAFE_TTL_MS, TERMINAL_TTL_MS, PROGRESS_TIMEOUT_MS = ${failsafeTtlMs}, ${terminalTtlMs}, ${PROGRESS_TIMEOUT_MS}`,
    `local FAILSAFE_TTL_TEXT, TERMINAL_TTL_TEXT = '${failsafeTtlMs}', '${terminalTtlMs}'`,
    `local LOG_PREFIX, LOG_STEPS_KEPT, LOG_CUT_EVERY = '${LOG_FIELD_PREFIX}', ${LOG_STEPS_KEPT}, ${LOG_CUT_EVERY}`,
    `local REFUSAL_LOG_BYTES_MAX = ${REFUSAL_LOG_BYTES_MAX}`,
    `local HASH_FIELDS_MAX = ${METADATA_FIELDS_MAX + OPERATION_FIELDS.length}`,
    `local LEGAL_STEPS = ' ${steps.join(' ')} '\n`,
  ].join('\n');
}
