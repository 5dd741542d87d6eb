import { describeArtefacts } from './artefacts.js';
import { describeContract } from './contract.js';
import { describeFollowing } from './following.js';
import { describeHeads } from './heads.js';
import { describeMergeLaw } from './merge-properties.js';
import { describeReading } from './reading.js';
import { MEMORY, SQLITE } from './store-harness.js';

for (const kind of [MEMORY, SQLITE]) {
  describeContract(kind);
  describeHeads(kind);
  describeFollowing(kind);
  describeArtefacts(kind);
  describeMergeLaw(kind, 150);
  describeReading(kind, 150);
}
