/**
 * The tables in PostgreSQL, version 1. Text that is compared has the collation "C": by byte, as the merge law compares keys.
 *
 * No index finds a span by its id alone: ids are hashes, so each new one would touch another page of it. Such a search asks each trace
 * for the id instead.
 *
 * @param schema - Quoted already.
 */
export function postgresTables(schema: string): string {
  return `
  create table ${schema}.accounts (
    account_no integer generated always as identity primary key,
    account_id text collate "C" not null unique,
    last_sequence bigint not null default 0
  );

  create table ${schema}.spans (
    account_no integer not null,
    sequence bigint not null,
    start_time bigint not null,
    end_time bigint,
    trace_id text collate "C" not null,
    span_id text collate "C" not null,
    merge_key text collate "C" not null,
    parent_id text collate "C",
    name text collate "C" not null,
    type text collate "C" not null,
    status text collate "C" not null,
    workflow_id text collate "C",
    service_name text collate "C",
    body text not null,
    primary key (account_no, trace_id, span_id)
  );
  create index spans_by_sequence on ${schema}.spans (account_no, sequence);
  create index spans_by_start on ${schema}.spans (account_no, start_time);

  create table ${schema}.traces (
    account_no integer not null,
    trace_id text collate "C" not null,
    start_time bigint not null,
    last_end_time bigint,
    span_count bigint not null,
    open_count bigint not null,
    error_count bigint not null,
    head_rank text collate "C" not null,
    name text collate "C" not null,
    status text collate "C" not null,
    workflow_rank text collate "C",
    workflow_id text collate "C",
    service_rank text collate "C",
    service_name text collate "C",
    changed_at bigint not null,
    primary key (account_no, trace_id)
  );
  create index traces_by_start on ${schema}.traces (account_no, start_time, trace_id);
  create index traces_by_name on ${schema}.traces (account_no, name, start_time, trace_id);
  create index traces_by_status on ${schema}.traces (account_no, status, start_time, trace_id);
  create index traces_by_service on ${schema}.traces (account_no, service_name, start_time, trace_id);
  create index traces_open on ${schema}.traces (account_no, start_time, trace_id) where open_count > 0;
  create index traces_failed on ${schema}.traces (account_no, start_time, trace_id) where error_count > 0;
  create index traces_ended on ${schema}.traces (last_end_time) where open_count = 0;
  create index traces_idle on ${schema}.traces (changed_at) where open_count > 0;

  create table ${schema}.trace_workflows (
    account_no integer not null,
    workflow_id text collate "C" not null,
    trace_id text collate "C" not null,
    span_count bigint not null,
    primary key (account_no, workflow_id, trace_id)
  );
  create index trace_workflows_by_trace on ${schema}.trace_workflows (account_no, trace_id);

  create table ${schema}.tasks (
    task_id text collate "C" primary key,
    account_no integer not null,
    workflow_id text collate "C" not null,
    uploaded_at bigint not null
  );
  create index tasks_by_workflow on ${schema}.tasks (account_no, workflow_id, task_id);
  create index tasks_by_upload on ${schema}.tasks (uploaded_at);

  create table ${schema}.artefacts (
    file_no bigint generated always as identity primary key,
    task_id text collate "C" not null references ${schema}.tasks on delete cascade,
    type text collate "C" not null,
    row_count bigint not null,
    unique (task_id, type)
  );

  create table ${schema}.artefact_rows (
    file_no bigint not null references ${schema}.artefacts on delete cascade,
    line bigint not null,
    body text not null,
    primary key (file_no, line)
  );
  `;
}
