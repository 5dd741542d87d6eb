import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Attributes } from '../span/span.js';

/** Where a process's resource attributes come from. */
export interface ResourceOptions {
  /** Default: `OTEL_SERVICE_NAME`, `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, then `unknown_service:node`. */
  readonly serviceName?: string | undefined;
  /** Added; win over the environment, lose against `serviceName`. */
  readonly attributes?: Attributes;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

// One process, one instance, however many pipelines it has.
const INSTANCE_ID = randomUUID();

/** The attributes that say which process a span was delivered by, named by OpenTelemetry's semantic conventions. */
export function processResource({ serviceName, attributes = {}, env = process.env }: ResourceOptions = {}): Attributes {
  const detected: Attributes = {
    'service.instance.id': INSTANCE_ID,
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': 'everspan',
    'telemetry.sdk.language': 'nodejs',
  };
  const merged: Record<string, Attributes[string]> = {
    'service.name': 'unknown_service:node',
    ...detected,
    ...parseResourceAttributes(env['OTEL_RESOURCE_ATTRIBUTES']),
  };
  const named = env['OTEL_SERVICE_NAME'];
  if (named !== undefined && named !== '') merged['service.name'] = named;
  Object.assign(merged, attributes);
  if (serviceName !== undefined) merged['service.name'] = serviceName;
  return merged;
}

// `key=value,key=value`, values percent-encoded; a pair that is not so is left out, as the OpenTelemetry SDKs do.
function parseResourceAttributes(text: string | undefined): Attributes {
  const entries = (text ?? '').split(',').flatMap((pair): [string, string][] => {
    const [key, value, ...more] = pair.split('=');
    if (key === undefined || value === undefined || more.length > 0 || key.trim() === '') return [];
    try {
      return [[key.trim(), decodeURIComponent(value.trim())]];
    } catch {
      // Not percent-encoding.
      return [];
    }
  });
  return Object.fromEntries(entries);
}
