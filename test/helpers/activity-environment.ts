import type { Info } from '@temporalio/activity';
import type { Headers } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type ActivityInterceptorsFactory, DefaultLogger } from '@temporalio/worker';

/** An environment for one activity, which comes with `headers`; it does not log what activities throw. */
export function activityEnvironment(
  info: Partial<Info>,
  headers: Headers = {},
  interceptors: ActivityInterceptorsFactory[] = [],
): MockActivityEnvironment {
  // The environment itself hands over none.
  const addHeaders: ActivityInterceptorsFactory = () => ({
    inbound: { execute: (input, next) => next({ ...input, headers }) },
  });
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR'), interceptors: [addHeaders, ...interceptors] });
}
