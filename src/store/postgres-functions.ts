import { precedenceSql } from './trace-row.js';

/** Of one span's row: the order in which the spans of a trace give it its name (see `rankOf`). */
const rank = (row: string): string => `(${precedenceSql(row)} || lpad(${row}.start_time::text, 16, '0') || ${row}.span_id)`;
const isOpen = (row: string): string => `(${row}.end_time is null)::int`;
const isError = (row: string): string => `(${row}.status in ('ERROR', 'TIMED_OUT'))::int`;

/** Characters of a rank. */
const RANK_LENGTH = 33;

/**
 * What the rows `row`, which have a `rank`, make of a trace; the three counts apart. No two of them have one rank, so the least text
 * that begins with a rank also holds what its row gives: one comparison a row, where an order would be a sort for each column.
 */
const registers = (row: string): string => `
      min(${row}.start_time) as start_time,
      max(${row}.end_time) as last_end_time,
      min((${row}.rank || ${row}.status || '/' || ${row}.name) collate "C") as head,
      min((${row}.rank || ${row}.workflow_id) collate "C") as workflow,
      min((${row}.rank || ${row}.service_name) collate "C") as service`;
/** What they give by rank, in the order of `COLUMNS_BY_RANK`. */
const REGISTERED_BY_RANK = `left(head, ${RANK_LENGTH}),
      substr(head, strpos(head, '/') + 1), substr(split_part(head, '/', 1), ${RANK_LENGTH + 1}),
      left(workflow, ${RANK_LENGTH}), substr(workflow, ${RANK_LENGTH + 1}),
      left(service, ${RANK_LENGTH}), substr(service, ${RANK_LENGTH + 1})`;

/** All of it, in the order of `TRACE_COLUMNS`. */
const REGISTERED = `start_time, last_end_time, ${REGISTERED_BY_RANK}`;

const COLUMNS_BY_RANK = 'head_rank, name, status, workflow_rank, workflow_id, service_rank, service_name';
const TRACE_COLUMNS = `account_no, trace_id, start_time, last_end_time, ${COLUMNS_BY_RANK}, span_count, open_count, error_count, changed_at`;

/** `column` of the lesser rank; where the ranks are one, the row is the same span and the later word counts. */
const ofLesserRank = (rankColumn: string, column: string): string => `
        ${column} = case
          when excluded.${rankColumn} is not null and (t.${rankColumn} is null or excluded.${rankColumn} <= t.${rankColumn})
          then excluded.${column} else t.${column} end`;

/**
 * The function that merges a batch, in one call and one transaction.
 *
 * It first locks the account's row, to the commit: writers of one account take turns. That is what makes the sequence safe to read, for
 * a number is given only when all lower ones are committed or rolled back, and it makes what is read below the last state there is.
 * (Each statement of a function sees what was committed before it began.)
 *
 * Ranks decide. Rivals, two events of one rank that differ, are not decided here: then nothing is written, and the call comes again with
 * the events that the caller found the greater, each with the text that it beats in `p_beaten`.
 *
 * The summary of a trace follows from the change alone, unless something that it rests on may be gone (`changedTrace` has the same
 * rule): then it is made anew from all spans of the trace.
 *
 * Returns the places, from 1, of the rows that were written; or those of the rivals, and the texts that are kept.
 */
export function upsertFunction(schema: string): string {
  return `
  create function ${schema}.upsert_spans(
    p_account_id text, p_now bigint, p_trace_ids text[], p_span_ids text[], p_merge_ranks text[], p_parent_ids text[], p_names text[],
    p_types text[], p_statuses text[], p_start_times bigint[], p_end_times bigint[], p_workflow_ids text[], p_service_names text[],
    p_bodies text[], p_beaten text[], out written bigint[], out rivals bigint[], out rival_bodies text[]
  ) language plpgsql
  -- A plan is kept while the tables grow: one that reads them whole must not be among those kept.
  set enable_seqscan = off
  as $body$
  declare
    v_account_no integer;
    v_sequence bigint;
    v_unclear text[];
  begin
    loop
      select account_no, last_sequence into v_account_no, v_sequence
        from ${schema}.accounts where account_id = p_account_id for update;
      exit when found;
      insert into ${schema}.accounts (account_id) values (p_account_id) on conflict do nothing;
    end loop;

    with incoming as (
      select i.trace_id, i.span_id, i.merge_rank, i.parent_id, i.name, i.type, i.status, i.start_time, i.end_time, i.workflow_id,
        i.service_name, i.place, ${rank('i')} as rank, b.row_before,
        b.row_before is not null and (
          ${precedenceSql('b')} <> ${precedenceSql('i')}
          or b.start_time <> i.start_time
          or b.workflow_id is distinct from i.workflow_id
          or b.service_name is distinct from i.service_name
          or (b.end_time is not null and (i.end_time is null or i.end_time < b.end_time))
        ) as is_unclear,
        ${isOpen('i')} - case when b.row_before is null then 0 else ${isOpen('b')} end as open_delta,
        ${isError('i')} - case when b.row_before is null then 0 else ${isError('b')} end as error_delta,
        b.workflow_id as workflow_before,
        b.row_before is null or b.is_less as prevails,
        b.rival_body,
        i.body
      from unnest(
        p_trace_ids, p_span_ids, p_merge_ranks, p_parent_ids, p_names, p_types, p_statuses, p_start_times, p_end_times, p_workflow_ids,
        p_service_names, p_bodies, p_beaten
      ) with ordinality as i (
        trace_id, span_id, merge_rank, parent_id, name, type, status, start_time, end_time, workflow_id, service_name, body, beaten,
        place
      )
      left join lateral (
        select s.ctid as row_before, s.parent_id, s.type, s.status, s.start_time, s.end_time, s.workflow_id, s.service_name,
          s.merge_rank < i.merge_rank or (s.merge_rank = i.merge_rank and s.body = i.beaten) as is_less,
          case when s.merge_rank = i.merge_rank and s.body <> i.body and s.body is distinct from i.beaten then s.body end as rival_body
        from ${schema}.spans s
        where s.account_no = v_account_no and s.trace_id = i.trace_id and s.span_id = i.span_id
        offset 0
      ) b on true
    ), changed as not materialized (
      select * from incoming where prevails and not exists (select from incoming where rival_body is not null)
    ), inserted as (
      -- The lock keeps all others from the account: nobody can have made the row meanwhile, and none can have moved.
      insert into ${schema}.spans (
        account_no, sequence, start_time, end_time, trace_id, span_id, merge_rank, parent_id, name, type, status, workflow_id,
        service_name, body
      )
      select v_account_no, v_sequence + place, start_time, end_time, trace_id, span_id, merge_rank, parent_id, name, type, status,
        workflow_id, service_name, body
      from changed where row_before is null
    ), updated as (
      update ${schema}.spans s set
        sequence = v_sequence + c.place, start_time = c.start_time, end_time = c.end_time, merge_rank = c.merge_rank,
        parent_id = c.parent_id, name = c.name, type = c.type, status = c.status, workflow_id = c.workflow_id,
        service_name = c.service_name, body = c.body
      from changed c where s.ctid = c.row_before
    ), by_trace as (
      select c.trace_id, bool_or(c.is_unclear) as is_unclear, ${registers('c')},
        count(*) filter (where c.row_before is null) as span_count, sum(c.open_delta) as open_count, sum(c.error_delta) as error_count
      from changed c group by c.trace_id
    ), traced as (
      insert into ${schema}.traces as t (${TRACE_COLUMNS})
      select v_account_no, trace_id, ${REGISTERED}, span_count, open_count, error_count, p_now
      from by_trace where not is_unclear
      on conflict (account_no, trace_id) do update set
        start_time = least(t.start_time, excluded.start_time),
        last_end_time = greatest(t.last_end_time, excluded.last_end_time),
        head_rank = least(t.head_rank, excluded.head_rank),${ofLesserRank('head_rank', 'name')},${ofLesserRank('head_rank', 'status')},
        workflow_rank = least(t.workflow_rank, excluded.workflow_rank),${ofLesserRank('workflow_rank', 'workflow_id')},
        service_rank = least(t.service_rank, excluded.service_rank),${ofLesserRank('service_rank', 'service_name')},
        span_count = t.span_count + excluded.span_count,
        open_count = t.open_count + excluded.open_count,
        error_count = t.error_count + excluded.error_count,
        changed_at = excluded.changed_at
    ), moved as (
      select trace_id, workflow_id, sum(delta) as delta
      from (
        select trace_id, workflow_id, 1 as delta from changed where workflow_id is distinct from workflow_before
        union all
        select trace_id, workflow_before, -1 from changed where workflow_id is distinct from workflow_before
      ) each
      where workflow_id is not null group by trace_id, workflow_id
    ), counted as (
      insert into ${schema}.trace_workflows as w (account_no, workflow_id, trace_id, span_count)
      select v_account_no, workflow_id, trace_id, delta from moved where delta <> 0
      on conflict (account_no, workflow_id, trace_id) do update set span_count = w.span_count + excluded.span_count
    )
    select
      (select array_agg(place) from changed),
      (select array_agg(place order by place) from incoming where rival_body is not null),
      (select array_agg(rival_body order by place) from incoming where rival_body is not null),
      (select array_agg(trace_id) from by_trace where is_unclear)
      into written, rivals, rival_bodies, v_unclear;

    if v_unclear is not null then
      insert into ${schema}.traces as t (${TRACE_COLUMNS})
      select v_account_no, trace_id, ${REGISTERED}, span_count, open_count, error_count, p_now
      from (
        select s.trace_id, ${registers('s')},
          count(*) as span_count, sum(${isOpen('s')}) as open_count, sum(${isError('s')}) as error_count
        from (
          select *, ${rank('spans')} as rank from ${schema}.spans
          where account_no = v_account_no and trace_id = any (v_unclear)
        ) s group by s.trace_id
      ) all_spans
      on conflict (account_no, trace_id) do update set
        (${TRACE_COLUMNS}) = (select ${TRACE_COLUMNS.split(', ')
          .map((column) => `excluded.${column}`)
          .join(', ')});
      -- A span that is of another workflow now makes its trace unclear: only here can a count have fallen.
      delete from ${schema}.trace_workflows
        where account_no = v_account_no and trace_id = any (v_unclear) and span_count <= 0;
    end if;
    if written is not null then
      update ${schema}.accounts set last_sequence = v_sequence + (select max(place) from unnest(written) place)
        where account_no = v_account_no;
    end if;
  end
  $body$;
  `;
}

/** Makes anew what the spans give their traces by rank. The registers of a trace without any such span are `null` and stay so. */
export function registerAnew(schema: string): string {
  return `
  update ${schema}.traces t set (${COLUMNS_BY_RANK}) = (${REGISTERED_BY_RANK})
  from (
    select s.account_no, s.trace_id, ${registers('s')}
    from (select *, ${rank('spans')} as rank from ${schema}.spans) s group by s.account_no, s.trace_id
  ) r
  where t.account_no = r.account_no and t.trace_id = r.trace_id;
  `;
}

/**
 * The function that removes some of the traces that are due, of one account, whose writers wait for it; see `SpanStore.prune`.
 *
 * Returns how many traces and spans went, and whether nothing was due any more.
 */
export function pruneFunction(schema: string): string {
  return `
  create function ${schema}.prune_traces(p_before bigint, p_open boolean, p_spans_max bigint, out traces bigint, out spans bigint,
    out is_done boolean)
  language plpgsql
  set enable_seqscan = off
  as $body$
  declare
    v_account_no integer;
    v_trace_ids text[];
  begin
    traces := 0;
    spans := 0;
    if p_open then
      select account_no into v_account_no from ${schema}.traces where open_count > 0 and changed_at < p_before
        order by changed_at limit 1;
    else
      select account_no into v_account_no from ${schema}.traces where open_count = 0 and last_end_time < p_before
        order by last_end_time limit 1;
    end if;
    is_done := v_account_no is null;
    if is_done then
      return;
    end if;
    perform 1 from ${schema}.accounts where account_no = v_account_no for update;

    if p_open then
      select array_agg(trace_id) into v_trace_ids from (
        select trace_id, span_count, sum(span_count) over (order by changed_at, trace_id) as total from (
          select trace_id, span_count, changed_at from ${schema}.traces
          where account_no = v_account_no and open_count > 0 and changed_at < p_before order by changed_at limit 200
        ) due
      ) summed where total - span_count < p_spans_max;
    else
      select array_agg(trace_id) into v_trace_ids from (
        select trace_id, span_count, sum(span_count) over (order by last_end_time, trace_id) as total from (
          select trace_id, span_count, last_end_time from ${schema}.traces
          where account_no = v_account_no and open_count = 0 and last_end_time < p_before order by last_end_time limit 200
        ) due
      ) summed where total - span_count < p_spans_max;
    end if;
    delete from ${schema}.spans where account_no = v_account_no and trace_id = any (v_trace_ids);
    get diagnostics spans = row_count;
    delete from ${schema}.trace_workflows where account_no = v_account_no and trace_id = any (v_trace_ids);
    delete from ${schema}.traces where account_no = v_account_no and trace_id = any (v_trace_ids);
    get diagnostics traces = row_count;
  end
  $body$;
  `;
}
