import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ActivityOperation } from '../activities/activity-operation.js';
import { activityOperation } from '../activities/current-operation.js';
import { operationFailure } from '../activities/operation-failure.js';
import { decodeOperationHeader } from '../operation/operation-header.js';
import type { OperationStore } from '../state/operation-store.js';
import { isOwnActivity, OPERATION_HEADER } from '../wire/activity-names.js';
import { readHeader } from '../wire/read-header.js';

/** What the activities of a worker need to drive operations. */
export interface ActivityOperationOptions {
  readonly store: OperationStore;
  /** Of the worker. */
  readonly identity: string;
}

/**
 * Interceptors that tell an activity which operation it works for. The store is asked by an activity that wants to know, and by no other.
 *
 * An operation's error that leaves the body fails the activity with its code as the type, and is retried only where that may help.
 */
export function createOperationInterceptor({ store, identity }: ActivityOperationOptions): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        if (isOwnActivity(info.activityType)) return next(input);
        const [mention] = decodeOperationHeader(readHeader(input.headers, OPERATION_HEADER));
        const operation = mention === undefined ? undefined : new ActivityOperation(store, mention, info, identity);
        try {
          return await (operation === undefined ? next(input) : activityOperation.run(operation, () => next(input)));
        } catch (error) {
          throw operationFailure(error);
        }
      },
    },
  });
}
