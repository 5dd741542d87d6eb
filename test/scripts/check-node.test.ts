import { expect, test } from 'vitest';
import { NODE_VERSION_MIN, nodeTooOldLine } from '../../scripts/check-node.mjs';

test.each(['18.20.8', '20.9.0', '20.19.9'])('Node %s is too old, and the line says what to do', (version) => {
  expect(nodeTooOldLine(version)).toContain(`needs Node ${NODE_VERSION_MIN} or newer, and this is ${version}`);
});

test.each(['20.20.0', '20.20.2', '22.0.0', '24.1.0'])('Node %s is new enough', (version) => {
  expect(nodeTooOldLine(version)).toBeUndefined();
});
