/**
 * The bare baseline: the same rows as text and columns, put into a table with a primary key and no other index, by the fastest
 * statement of many rows that was found. It merges nothing, knows no traces and tells no changes; an END is a second row.
 *
 * @typedef {import('everspan').Span} Span
 * @typedef {{ insert: (spans: readonly Span[]) => Promise<void>, close: () => Promise<void> }} RawTable
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'libsql';
import { Client } from 'pg';
import { bigintArray, textArray } from '../../dist/store/postgres-arrays.js';

const COLUMNS = [
  ['account_no', 'integer'],
  ['sequence', 'bigint'],
  ['trace_id', 'text'],
  ['span_id', 'text'],
  ['merge_key', 'text'],
  ['parent_id', 'text'],
  ['name', 'text'],
  ['type', 'text'],
  ['status', 'text'],
  ['start_time', 'bigint'],
  ['end_time', 'bigint'],
  ['workflow_id', 'text'],
  ['service_name', 'text'],
  ['body', 'text'],
];
const KEY = 'primary key (account_no, trace_id, span_id, sequence)';
const ROWS_AT_ONCE = 50;

/** @param {string} path @returns {RawTable} */
export function rawSqliteTable(path) {
  const database = new Database(path);
  database.exec('pragma journal_mode = wal');
  // As the store has them.
  database.exec('pragma synchronous = normal; pragma cache_size = -32768; pragma wal_autocheckpoint = 4000');
  database.exec(`create table raw (${COLUMNS.map((column) => column.join(' ')).join(', ')}, ${KEY})`);
  const places = `(${COLUMNS.map(() => '?').join(', ')})`;
  const statement = database.prepare(`insert into raw values ${Array(ROWS_AT_ONCE).fill(places).join(', ')}`);
  let sequence = 0;
  return {
    async insert(spans) {
      database.exec('begin immediate');
      for (let from = 0; from < spans.length; from += ROWS_AT_ONCE) {
        /** @type {unknown[]} */
        const values = [];
        for (const span of spans.slice(from, from + ROWS_AT_ONCE)) values.push(...valuesOf(span, (sequence += 1)));
        statement.run(values);
      }
      database.exec('commit');
      await nextTurn();
    },
    async close() {
      database.close();
    },
  };
}

/** @param {string} url @param {string} name @returns {Promise<RawTable>} */
export async function rawPostgresTable(url, name) {
  const client = new Client({ connectionString: url });
  await client.connect();
  const collated = COLUMNS.map(([column, type]) => `${column} ${type}${type === 'text' ? ' collate "C"' : ''}`);
  await client.query(`create table ${name} (${collated.join(', ')}, ${KEY})`);
  const [, ...columns] = COLUMNS;
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`);
  const sql = `insert into ${name} select 1, * from unnest(${arrays.join(', ')})`;
  let sequence = 0;
  return {
    async insert(spans) {
      /** @type {any[][]} */
      const values = COLUMNS.map(() => []);
      for (const span of spans)
        for (const [index, value] of valuesOf(span, (sequence += 1)).entries()) values[index]?.push(value ?? undefined);
      // In the binary format, which takes two thirds of the time of text.
      await client.query(
        sql,
        columns.map(([, type], index) => (type === 'text' ? textArray : bigintArray)(values[index + 1] ?? [])),
      );
    },
    async close() {
      await client.end();
    },
  };
}

/** @param {Span} span @param {number} sequence */
function valuesOf(span, sequence) {
  return [
    1,
    sequence,
    span.traceId,
    span.spanId,
    `11.${String(span.startTime).padStart(16, '0')}.0000000000000001.${span.spanId}${span.spanId}`,
    span.parentId ?? null,
    span.name,
    span.type,
    span.status,
    span.startTime,
    span.endTime ?? null,
    span.attributes['temporal.workflow.id'],
    span.resource['service.name'],
    JSON.stringify(span),
  ];
}
