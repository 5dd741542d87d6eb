import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { METADATA_FIELDS_MAX, REFUSAL_LOG_BYTES_MAX, TRANSITION_LOG_BYTES_MAX } from '../operation/operation-limits.js';
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

/** A Lua script as it is sent: its text, and the SHA-1 that the server knows it by once it has seen it. */
export interface RedisScript {
  readonly name: ScriptName;
  readonly text: string;
  readonly sha: string;
}

const loaded = new Map<ScriptName, RedisScript>();

/** The script of this name, read from `lua/` beside this file when it is first asked for. */
export function redisScript(name: ScriptName): RedisScript {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const text = `${limitsInLua()}${withIncludes(readLua(name))}`;
  const script = { name, text, sha: createHash('sha1').update(text).digest('hex') };
  loaded.set(name, script);
  return script;
}

/** `--- @include NAME` is replaced by `lua/include/NAME.lua`, whose own includes are replaced too. */
function withIncludes(text: string): string {
  return text.replaceAll(/^--- @include ([a-z-]+)$/gm, (_line, name: string) => withIncludes(readLua(`include/${name}`)));
}

function readLua(path: string): string {
  return readFileSync(new URL(`./lua/${path}.lua`, import.meta.url), 'utf8');
}

/** The table and the limits, so that they stand in one place and the scripts need nobody to tell them. */
function limitsInLua(): string {
  const rows = OPERATION_STATES.map((state) => `  ${state} = ' ${predecessorsOf(state).join(' ')} ',`);
  return [
    `local TRANSITION_LOG_BYTES_MAX = ${TRANSITION_LOG_BYTES_MAX}`,
    `local REFUSAL_LOG_BYTES_MAX = ${REFUSAL_LOG_BYTES_MAX}`,
    `local HASH_FIELDS_MAX = ${METADATA_FIELDS_MAX + OPERATION_FIELDS.length}`,
    'local PREDECESSORS = {',
    ...rows,
    '}\n',
  ].join('\n');
}
