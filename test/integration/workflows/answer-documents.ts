import { proxyActivities } from '@temporalio/workflow';

interface Activities {
  answerDocuments(ids: readonly string[]): Promise<number>;
}

// An attempt whose worker is killed is noticed by its missing heartbeats.
const { answerDocuments } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '2 seconds',
  retry: { initialInterval: '100ms', maximumAttempts: 3 },
});

/** One activity that answers for several documents at once. */
export async function answerAll(ids: readonly string[]): Promise<number> {
  return answerDocuments(ids);
}
