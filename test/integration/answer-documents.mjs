import { setTimeout } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { asset, lineageFrom, marker, phase, task } from 'everspan/artefacts';

/**
 * An activity that answers for several documents in one merged execution, the first of them being the task.
 *
 * @param {{ hangsFirst?: boolean }} [options] - Whether the first attempt stops for ever in the middle, without heartbeats.
 */
export function makeActivities({ hangsFirst = false } = {}) {
  return {
    /** @param {readonly string[]} ids */
    async answerDocuments(ids) {
      const [own, ...mergedChildren] = ids;
      return task(own ?? '', { mergedChildren, ownerId: 'alice' }, async () => {
        await phase('inference', { type: 'compute' }, async () => {
          marker('first token');
          asset({ guid: `half of ${own}` });
        });
        lineageFrom('source');
        if (hangsFirst && Context.current().info.attempt === 1) await setTimeout(600_000);
        for (const dataId of ids) await phase('dump to storage', { type: 'network', dataId, payloadBytes: 10 }, async () => 1);
        return ids.length;
      });
    },
  };
}
