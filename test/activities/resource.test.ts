import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { processResource } from '../../src/activities/resource.js';

describe('process resource', () => {
  it('names the process, the same instance each time', () => {
    const resource = processResource({ env: {} });
    expect(resource).toMatchObject({
      'service.name': 'unknown_service:node',
      'host.name': hostname(),
      'process.pid': process.pid,
      'telemetry.sdk.name': 'everspan',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(resource['service.instance.id']).toBe(processResource({ env: {} })['service.instance.id']);
  });

  const env = {
    OTEL_SERVICE_NAME: 'by-name',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=by-attributes,team=a%20b, x = y ,bad,a=%E0%A4%A,=z',
  };
  it.each([
    [{ env: { ...env, OTEL_SERVICE_NAME: '' } }, 'by-attributes'],
    [{ env }, 'by-name'],
    [{ env, attributes: { 'service.name': 'by-option' } }, 'by-option'],
    [{ env, attributes: { 'service.name': 'by-option' }, serviceName: 'asked' }, 'asked'],
  ])('takes its name from the option, the attributes, the environment: case %#', (options, name) => {
    expect(processResource(options)['service.name']).toBe(name);
  });

  it('takes attributes from the environment and leaves out what is malformed', () => {
    const resource = processResource({ env });
    expect(resource).toMatchObject({ team: 'a b', x: 'y' });
    expect(Object.keys(resource)).not.toContain('bad');
    expect(Object.keys(resource)).not.toContain('a');
  });
});
