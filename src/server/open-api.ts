import { z } from 'zod';
import type { Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;

/** `routes` as an OpenAPI 3.1 document, its schemas made from those that check the requests. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const schemas = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = operation(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'everspan collector', version, description: 'Takes spans by SGP and OTLP, and answers traces.' },
    paths,
    components: {
      schemas: { ...Object.fromEntries(schemas), Error: ERROR_SCHEMA },
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        account: { type: 'apiKey', in: 'header', name: 'x-selected-account-id' },
      },
    },
  };
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string' }, message: { type: 'string' } },
    },
  },
};

function operation(route: Route, schemas: Map<string, unknown>): Json {
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^a-zA-Z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())}`,
    parameters: [...pathParameters(route), ...queryParameters(route, schemas)],
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: contentOf(route.body, schemas) } }),
    responses: responses(route, schemas),
    security: route.isOpen ? [] : [{ key: [], account: [] }],
  };
}

function pathParameters(route: Route): Json[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
}

function queryParameters(route: Route, schemas: Map<string, unknown>): Json[] {
  const { properties = {}, required = [] } = schemaOf(route.query, schemas) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: 'query', required: required.includes(name), schema };
  });
}

function contentOf(body: NonNullable<Route['body']>, schemas: Map<string, unknown>): Json {
  const schema = body.schema === undefined ? {} : { schema: schemaOf(body.schema, schemas) };
  return Object.fromEntries(body.contentTypes.map((type) => [type, schema]));
}

function responses(route: Route, schemas: Map<string, unknown>): Json {
  const byStatus: Record<string, { description: string; content: Record<string, unknown> }> = {};
  for (const answer of route.answers) {
    const known = (byStatus[String(answer.status)] ??= { description: '', content: {} });
    known.description += `${known.description === '' ? '' : ' '}${answer.description}`;
    const schema = answer.schema === undefined ? {} : { schema: schemaOf(answer.schema, schemas) };
    known.content[answer.contentType ?? 'application/json'] = schema;
  }
  const error = { $ref: '#/components/schemas/Error' };
  return {
    ...byStatus,
    default: { description: 'A refusal, or a failure.', content: { 'application/json': { schema: error } } },
  };
}

/** `schema` in JSON Schema; those with an id go to `schemas`, and are referred to. What is read is described, not what it becomes. */
function schemaOf(schema: z.ZodType, schemas: Map<string, unknown>): unknown {
  const {
    $schema: _,
    $defs = {},
    ...own
  } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json & {
    $defs?: Record<string, Json>;
  };
  for (const [id, definition] of Object.entries($defs)) schemas.set(id, withReferences(withoutId(definition)));
  const id = own['id'];
  if (typeof id !== 'string') return withReferences(own);
  schemas.set(id, withReferences(withoutId(own)));
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([field]) => field !== 'id'));
}

function withReferences(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/'));
}
