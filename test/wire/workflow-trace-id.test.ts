import { expect, test } from 'vitest';
import { traceIdFromWorkflowId } from '../../src/wire/workflow-trace-id.js';

test.each([
  ['wfl-fbad6be5-c443-4181-a2d3-94eac830dea1', 'fbad6be5c4434181a2d394eac830dea1'],
  ['WFL-FBAD6BE5-C443-4181-A2D3-94EAC830DEA1', 'fbad6be5c4434181a2d394eac830dea1'],
  ['wfl-fbad6be5c4434181a2d394eac830dea1', 'fbad6be5c4434181a2d394eac830dea1'],
  ['wfl-00000000-0000-4000-8000-00000000000a', '0000000000004000800000000000000a'],
])('%s has the trace id %s', (workflowId, traceId) => {
  expect(traceIdFromWorkflowId(workflowId)).toBe(traceId);
});

test.each([
  'fbad6be5-c443-4181-a2d3-94eac830dea1',
  'wfl-1',
  'wfl-',
  '',
  'order-7',
  'wfl-wfl-fbad6be5-c443-4181-a2d3-94eac830dea1',
  'wfl-fbad6be5-c443-4181-a2d3-94eac830dea',
  'wfl-gbad6be5-c443-4181-a2d3-94eac830dea1',
  'wfl-00000000-0000-0000-0000-000000000000',
])('%s has none: others would have the same', (workflowId) => {
  expect(traceIdFromWorkflowId(workflowId)).toBeUndefined();
});
