import { describeContract } from './contract.js';
import { MEMORY, SQLITE } from './store-harness.js';

for (const kind of [MEMORY, SQLITE]) {
  describeContract(kind);
}
