import { describeContract } from './contract.js';
import { describeMergeLaw } from './merge-properties.js';
import { describeReading } from './reading.js';
import { MEMORY, SQLITE } from './store-harness.js';

for (const kind of [MEMORY, SQLITE]) {
  describeContract(kind);
  describeMergeLaw(kind, 150);
  describeReading(kind, 150);
}
