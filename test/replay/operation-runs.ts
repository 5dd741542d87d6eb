import { Context } from '@temporalio/activity';
import { setTimeout as wait } from 'node:timers/promises';
import { currentOperation, MemoryOperationStore, operationActivity, type OperationStore } from '../../src/operations.js';
import type { RecordedRun } from './recorded-runs.js';

/** Every run of which histories with operations are kept. Add to it; never take from it. */
export const OPERATION_RUNS: readonly (RecordedRun & { readonly isStoreAway?: true; readonly workflow?: string })[] = [
  { name: 'driven' },
  { name: 'refused' },
  { name: 'passedOn', args: [1] },
  { name: 'besideLocals' },
  { name: 'inActivity' },
  {
    name: 'givenUp',
    fails: true,
    drive: async (handle) => {
      for (;;) {
        const { events } = await handle.fetchHistory();
        if (events?.some((event) => event.timerStartedEventAttributes?.timerId === '1')) break;
      }
      await handle.cancel();
    },
  },
  { name: 'drivenAway', workflow: 'driven', isStoreAway: true },
  { name: 'besideLocalsAway', workflow: 'besideLocals', isStoreAway: true },
];

/** Activities of these workflows. */
export const operationRunActivities = {
  step: async (value: number) => value,
  slow: async (value: number) => {
    await wait(5 * value);
    return value;
  },
  infer: operationActivity(async (question: string) => {
    const op = await currentOperation();
    const saved = await op.recover();
    if (saved === undefined) {
      await op.transition('PRE_INFERENCE_GATHER');
      await op.checkpoint('INFERRING', { question });
    }
    if (Context.current().info.attempt === 1) throw new TypeError('not yet');
    return question;
  }),
};

/** A store in memory; one that is away fails whatever a local activity asks, so that every call of it goes out as a remote one. */
export function recordedStore(isStoreAway: boolean): OperationStore {
  const store = new MemoryOperationStore();
  if (!isStoreAway) return store;
  return new Proxy<OperationStore>(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        if (Context.current().info.isLocal) return Promise.reject(new TypeError('away'));
        return (method as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
