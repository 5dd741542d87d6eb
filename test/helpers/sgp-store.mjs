/**
 * What a request may hold, not checked yet.
 *
 * @typedef {{ [field: string]: any } & { name?: any, id?: any, trace_id?: any, parent_id?: any, start_timestamp?: any, end_timestamp?: any, status?: any, type?: any }} SgpItem
 */

// The two stores behind SGP, as its documentation describes them.

/** A refusal of a whole request. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const STATUSES = new Set(['SUCCESS', 'ERROR', 'CANCELED']);
const TYPES = new Set(
  `TEXT_INPUT TEXT_OUTPUT COMPLETION_INPUT COMPLETION KB_RETRIEVAL KB_INPUT RERANKING EXTERNAL_ENDPOINT PROMPT_ENGINEERING
  DOCUMENT_INPUT MAP_REDUCE DOCUMENT_SEARCH DOCUMENT_PROMPT CUSTOM CODE_EXECUTION DATA_MANIPULATION EVALUATION FILE_RETRIEVAL
  KB_ADD_CHUNK KB_MANAGEMENT GUARDRAIL OUTPUT_GUARDRAIL TRACER AGENT_TRACER AGENT_WORKFLOW STANDALONE`.split(/\s+/),
);
const OPTIONAL_TEXTS = ['parent_id', 'group_id', 'end_timestamp'];
const ID_FIELDS = ['id', 'trace_id', 'parent_id', 'group_id'];
const BATCH_ITEMS_MAX = 1_000;

/**
 * Rows of one store.
 *
 * - `older`: one row an id, the last write wins; an insert of an id that is there is refused.
 * - `newer`: one row for each trace, id and UTC day of the start; a completed span stays over a running one, else the last write
 *   wins; an insert is an upsert.
 *
 * A request with one bad item is refused whole in both.
 */
export class SgpStore {
  /** @param {{ kind: 'older' | 'newer', duplicateInsertStatus: number, refusedNames: Map<string, number> }} options */
  constructor(options) {
    this.kind = options.kind;
    this.duplicateInsertStatus = options.duplicateInsertStatus;
    this.refusedNames = options.refusedNames;
    /** @type {Map<string, Record<string, unknown>>} */
    this.byKey = new Map();
    /** @type {Map<string, string>} */
    this.traceById = new Map();
  }

  /** @returns {Record<string, unknown>[]} In the order in which they were first written. */
  rows() {
    return [...this.byKey.values()];
  }

  /**
   * @param {unknown} items
   * @param {'insert' | 'upsert'} write
   * @returns {Record<string, unknown>[]} The rows as written, in the order of the items.
   */
  write(items, write) {
    if (!Array.isArray(items)) throw new Refusal(422, 'items must be a list');
    if (items.length > BATCH_ITEMS_MAX) throw new Refusal(422, `${items.length} items, at most ${BATCH_ITEMS_MAX}`);
    for (const item of items) this.#check(item);
    this.#checkParents(items);
    if (write === 'insert' && this.kind === 'older') this.#checkNew(items);
    return items.map((item) => this.#put(item));
  }

  /** @param {SgpItem} item - Unchecked. */
  #check(item) {
    for (const field of ID_FIELDS) {
      const value = item[field];
      if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
        throw new Refusal(400, `${field}: NUL or bad UTF-8`);
    }
    const refused = this.refusedNames.get(item.name);
    if (refused !== undefined) throw new Refusal(refused, `scripted for ${item.name}`);
    for (const field of ['name', 'id', 'trace_id', 'start_timestamp']) {
      if (typeof item[field] !== 'string') throw new Refusal(422, `${field} must be text`);
    }
    for (const field of ['id', 'trace_id'])
      if (Buffer.byteLength(item[field]) > 256) throw new Refusal(400, `${field}: over 256 bytes`);
    for (const field of OPTIONAL_TEXTS) {
      if (field in item && typeof item[field] !== 'string') throw new Refusal(422, `${field} must be text or absent`);
    }
    for (const field of ['input', 'output', 'metadata']) {
      const value = item[field];
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Refusal(422, `${field} must be an object`);
    }
    if (!STATUSES.has(item.status)) throw new Refusal(422, `status ${item.status}`);
    if (!TYPES.has(item.type)) throw new Refusal(422, `type ${item.type}`);
    // PostgreSQL's JSON takes neither; what the documentation calls replaced is refused here, to see that it is never sent.
    const text = JSON.stringify(item);
    if (text.includes('\\u0000') || /\\ud[89a-f]/.test(text)) throw new Refusal(400, 'NUL or a lone surrogate');
    const start = micros(item.start_timestamp);
    if ('end_timestamp' in item && micros(item.end_timestamp) < start)
      throw new Refusal(422, 'end_timestamp before start_timestamp');
  }

  /** @param {readonly SgpItem[]} items */
  #checkParents(items) {
    const parents = new Map(items.map((item) => [item.id, item.parent_id]));
    const traces = new Map(items.map((item) => [item.id, item.trace_id]));
    for (const item of items) {
      if (item.parent_id === undefined) continue;
      const parentTrace = traces.get(item.parent_id) ?? this.traceById.get(item.parent_id);
      if (parentTrace !== undefined && parentTrace !== item.trace_id) throw new Refusal(409, 'parent in another trace');
      const seen = new Set([item.id]);
      for (let id = item.parent_id; id !== undefined; id = parents.get(id)) {
        if (seen.has(id)) throw new Refusal(409, 'cycle');
        seen.add(id);
      }
    }
  }

  /** @param {readonly SgpItem[]} items */
  #checkNew(items) {
    const seen = new Set();
    for (const item of items) {
      if (this.byKey.has(item.id) || seen.has(item.id)) throw new Refusal(this.duplicateInsertStatus, `id ${item.id} exists`);
      seen.add(item.id);
    }
  }

  /** @param {SgpItem} item */
  #put(item) {
    const key = this.kind === 'older' ? item.id : `${item.trace_id} ${item.id} ${item.start_timestamp.slice(0, 10)}`;
    const known = this.byKey.get(key);
    const stays = this.kind === 'newer' && known?.['end_timestamp'] !== undefined && item.end_timestamp === undefined;
    const row = stays ? known : { ...item, account_id: 'acct-test', object: 'span' };
    this.byKey.set(key, row);
    this.traceById.set(row.id, row.trace_id);
    return row;
  }
}

/** @param {string} timestamp */
function micros(timestamp) {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{6}))?\+00:00$/.exec(timestamp);
  if (match === null || match[2] === '000000') throw new Refusal(422, `timestamp ${timestamp}`);
  return Date.parse(`${match[1]}Z`) * 1_000 + Number(match[2] ?? '0');
}
