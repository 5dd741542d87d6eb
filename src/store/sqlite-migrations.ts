import { precedenceSql } from './trace-row.js';

/** Makes `columns` of every trace anew: of the spans of which `isGiving` is true, the one with the least rank gives them. */
const registerAnew = (rankColumn: string, columns: readonly string[], isGiving: string): string => `
  update traces set ${[`${rankColumn} = least.rank`, ...columns.map((column) => `${column} = least.${column}`)].join(', ')}
  from (
    -- Beside a min() the other columns are those of its row.
    select account_no, trace_id, min(${precedenceSql('spans')} || printf('%016d', start_time) || span_id) as rank, ${columns.join(', ')}
    from spans where ${isGiving} group by account_no, trace_id
  ) least
  where traces.account_no = least.account_no and traces.trace_id = least.trace_id;`;

/**
 * What makes each version of the schema out of the one before; the first makes version 1. Never changed once released: a change is
 * another entry.
 *
 * No index finds a span by its id alone: ids are hashes, so each new one would touch another page of it, which costs a fifth of all
 * writing. Such a search asks each trace for the id instead.
 *
 * Ordinary rowid tables: without rowids a table of long rows takes three to four times as long to write. Text compares by byte.
 */
export const SQLITE_MIGRATIONS: readonly string[] = [
  `
  create table accounts (
    account_no integer primary key,
    account_id text not null unique,
    last_sequence integer not null default 0
  );

  create table spans (
    account_no integer not null,
    trace_id text not null,
    span_id text not null,
    merge_key text not null,
    sequence integer not null,
    parent_id text,
    name text not null,
    type text not null,
    status text not null,
    start_time integer not null,
    end_time integer,
    workflow_id text,
    service_name text,
    body text not null,
    primary key (account_no, trace_id, span_id)
  );
  create index spans_by_sequence on spans (account_no, sequence);
  create index spans_by_start on spans (account_no, start_time);

  create table traces (
    account_no integer not null,
    trace_id text not null,
    start_time integer not null,
    last_end_time integer,
    span_count integer not null,
    open_count integer not null,
    error_count integer not null,
    head_rank text not null,
    name text not null,
    status text not null,
    workflow_rank text,
    workflow_id text,
    service_rank text,
    service_name text,
    changed_at integer not null,
    primary key (account_no, trace_id)
  );
  create index traces_by_start on traces (account_no, start_time, trace_id);
  create index traces_by_name on traces (account_no, name, start_time, trace_id);
  create index traces_by_status on traces (account_no, status, start_time, trace_id);
  create index traces_by_service on traces (account_no, service_name, start_time, trace_id);
  create index traces_open on traces (account_no, start_time, trace_id) where open_count > 0;
  create index traces_failed on traces (account_no, start_time, trace_id) where error_count > 0;
  create index traces_ended on traces (last_end_time) where open_count = 0;
  create index traces_idle on traces (changed_at) where open_count > 0;

  create table trace_workflows (
    account_no integer not null,
    workflow_id text not null,
    trace_id text not null,
    span_count integer not null,
    primary key (account_no, workflow_id, trace_id)
  ) without rowid;
  create index trace_workflows_by_trace on trace_workflows (account_no, trace_id);

  create table tasks (
    task_id text not null primary key,
    account_no integer not null,
    workflow_id text not null,
    uploaded_at integer not null
  );
  create index tasks_by_workflow on tasks (account_no, workflow_id, task_id);
  create index tasks_by_upload on tasks (uploaded_at);

  create table artefacts (
    file_no integer primary key autoincrement,
    task_id text not null,
    type text not null,
    unique (task_id, type)
  );

  create table artefact_rows (
    file_no integer not null,
    line integer not null,
    body text not null,
    primary key (file_no, line)
  );
  `,
  // The digest at the end of the key is made where two events are rivals, and no longer kept.
  `
  alter table spans rename column merge_key to merge_rank;
  update spans set merge_rank = substr(merge_rank, 1, 36);
  `,
  // A trace is named after the workflow that a client's call started, no longer after the call.
  registerAnew('head_rank', ['name', 'status'], 'true') +
    registerAnew('workflow_rank', ['workflow_id'], 'workflow_id is not null') +
    registerAnew('service_rank', ['service_name'], 'service_name is not null'),
];
