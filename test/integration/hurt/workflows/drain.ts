import { continueAsNew, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

export const item = defineSignal<[id: string]>('item');

const { prepare } = proxyActivities<{ prepare(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** Takes every signal that has come, within its first task, then returns their ids: what is accepted after that nobody reads. */
export async function drainAtOnce(): Promise<string[]> {
  return drain(receive());
}

/** Alike, after an activity: by then the run knows its configuration. */
export async function drainSignals(): Promise<string[]> {
  const waiting = receive();
  await prepare();
  return drain(waiting);
}

/** Alike, but goes on in a new run, `runs` in all, with what it has done as the argument. */
export async function drainAndContinue(runs: number, before: string[]): Promise<string[]> {
  const waiting = receive();
  await prepare();
  const processed = [...before, ...(await drain(waiting))];
  if (runs > 1) return continueAsNew<typeof drainAndContinue>(runs - 1, processed);
  return processed;
}

function receive(): string[] {
  const waiting: string[] = [];
  setHandler(item, (id) => {
    waiting.push(id);
  });
  return waiting;
}

async function drain(waiting: string[]): Promise<string[]> {
  const processed: string[] = [];
  // Each in an await of its own, as real work would be: signals that came in the same task are still taken.
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) processed.push(await Promise.resolve(id));
  return processed;
}
