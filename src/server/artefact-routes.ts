import { z } from 'zod';
import { ProfileAccumulator } from '../analysis/profile-accumulator.js';
import { readJsonl } from '../analysis/jsonl-reader.js';
import { isObject } from '../span/validate-span.js';
import type { ArtefactType } from '../store/artefact-store.js';
import type { StoreScope } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';
import { readBody } from './read-body.js';
import { checkedIdParam } from './read-trace.js';
import { jsonResponse, NO_QUERY, type Route, route, type RouteRequest } from './route.js';
import { streamResponse } from './stream-response.js';

const NDJSON = 'application/x-ndjson';
const uploadQuerySchema = z.object({ workflow_id: z.string().optional() });
const analyzeQuerySchema = z.object({
  detail: z
    .enum(['summary', 'all'])
    .default('summary')
    .meta({ description: 'all: the summary with rings of the lineage and dropped rows beside it' }),
});
const uploadSchema = z
  .object({ taskId: z.string(), workflowId: z.string(), type: z.string(), rows: z.int(), blankLines: z.int(), badLines: z.int() })
  .meta({ id: 'ArtefactReceipt' });
const profileSchema = z
  .looseObject({ workflow_id: z.string().nullable(), event_count: z.int(), data_ids: z.array(z.string()) })
  .meta({ id: 'ProfileSummary' });

/** Artefacts of tasks: what came in, as it came, and what it says. */
export function artefactRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/traces/tasks/{taskId}/{type}',
      summary: 'Keep a file of a task (spans, assets or lineage); sent again it replaces the first',
      query: uploadQuerySchema,
      body: { contentTypes: [NDJSON] },
      answers: [{ status: 200, description: 'What was kept and what was passed over.', schema: uploadSchema }],
      answer: (request) => upload(parts, request),
    }),
    // Before the streams, whose path it fits as well: rows of a workflow that is itself named `analyze` cannot be asked for.
    route({
      method: 'GET',
      path: '/traces/workflows/analyze/{workflowId}',
      summary: 'Where the time of a workflow went',
      query: analyzeQuerySchema,
      answers: [{ status: 200, description: 'The profile of its tasks.', schema: profileSchema }],
      answer: (request) => analyze(parts, request),
    }),
    route({
      method: 'GET',
      path: '/traces/workflows/{workflowId}/{type}',
      summary: 'Rows of all tasks of a workflow, by task and line',
      query: NO_QUERY,
      answers: [{ status: 200, description: 'The rows as they came in.', contentType: NDJSON }],
      answer: async ({ params, scope, disconnect }) => {
        const type = typeParam(params['type']);
        const workflowId = await knownWorkflow(parts, params['workflowId'], scope);
        const rows = parts.store.artefactRows(workflowId, type, scope);
        return streamResponse(asLines(rows), { contentType: NDJSON, disconnect });
      },
    }),
  ];
}

async function upload(parts: CollectorParts, request: RouteRequest<z.infer<typeof uploadQuerySchema>>): Promise<Response> {
  const { raw, params, query, scope } = request;
  const type = typeParam(params['type']);
  const taskId = checkedIdParam('a task id', params['taskId']);
  const named = query.workflow_id === undefined ? undefined : checkedIdParam('a workflow id', query.workflow_id);
  const bytes = await readBody(raw, parts.limits.artefactBytes, parts.budget);
  const rows: string[] = [];
  let rootWorkflow: string | undefined;
  const reading = await readJsonl([bytes], (row, text) => {
    rows.push(text);
    if (type === 'spans') rootWorkflow ??= workflowOfRoot(row);
  });
  if (reading.stopped !== undefined) {
    const { reason, line } = reading.stopped;
    if (reason === 'LINE_TOO_LONG')
      throw new CollectorError(413, 'ROW_TOO_LARGE', `line ${line} is longer than a row may be; nothing is kept`);
    throw new CollectorError(422, 'INVALID_BODY', `the lines up to ${line} are no JSON objects; nothing is kept`);
  }
  const workflowId = named ?? rootWorkflow ?? (await parts.store.workflowOfTask(taskId, scope));
  if (workflowId === undefined) {
    throw new CollectorError(
      400,
      'WORKFLOW_NEEDED',
      'name the workflow by ?workflow_id=, or send the spans with a root that names it first',
    );
  }
  await parts.store.putArtefact({ taskId, workflowId, type, rows }, scope);
  parts.metrics.add('everspan_collector_artefact_rows_total', { type }, rows.length);
  const { blankLines, badLines } = reading;
  return jsonResponse({ taskId, workflowId, type, rows: rows.length, blankLines, badLines });
}

async function analyze(parts: CollectorParts, request: RouteRequest<z.infer<typeof analyzeQuerySchema>>): Promise<Response> {
  const { params, query, scope } = request;
  const workflowId = await knownWorkflow(parts, params['workflowId'], scope);
  const accumulator = new ProfileAccumulator();
  for await (const row of parts.store.artefactRows(workflowId, 'spans', scope)) accumulator.addSpan(JSON.parse(row));
  for await (const row of parts.store.artefactRows(workflowId, 'assets', scope)) accumulator.addAsset(JSON.parse(row));
  for await (const row of parts.store.artefactRows(workflowId, 'lineage', scope)) accumulator.addLineage(JSON.parse(row));
  const profile = accumulator.profile(workflowId);
  return jsonResponse(query.detail === 'all' ? profile : profile.summary);
}

/** @throws CollectorError 404 `UNKNOWN_WORKFLOW`. */
async function knownWorkflow(parts: CollectorParts, text: string | undefined, scope: StoreScope): Promise<string> {
  const workflowId = checkedIdParam('a workflow id', text);
  if (await parts.store.hasWorkflow(workflowId, scope)) return workflowId;
  throw new CollectorError(404, 'UNKNOWN_WORKFLOW', `no task of workflow ${JSON.stringify(workflowId)} has sent anything`);
}

function typeParam(text: string | undefined): ArtefactType {
  if (text === 'spans' || text === 'assets' || text === 'lineage') return text;
  throw new CollectorError(400, 'UNKNOWN_TYPE', 'a type is spans, assets or lineage');
}

function workflowOfRoot(row: Readonly<Record<string, unknown>>): string | undefined {
  if (row['parent_id'] !== null && row['parent_id'] !== undefined) return undefined;
  const attributes = row['attributes'];
  const workflowId = isObject(attributes) ? attributes['workflow_id'] : undefined;
  return typeof workflowId === 'string' && workflowId !== '' ? workflowId : undefined;
}

async function* asLines(rows: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const row of rows) yield `${row}\n`;
}
