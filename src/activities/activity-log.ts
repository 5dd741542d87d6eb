import { log } from '@temporalio/activity';
import type { CheckpointLog } from '../state/recover-checkpoint.js';

/** Into the log of the activity whose code runs. */
export const activityLog: CheckpointLog = (event, facts) => {
  log.info(event, facts);
};
