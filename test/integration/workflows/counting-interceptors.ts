import type { WorkflowInterceptors } from '@temporalio/workflow';
import { proxySinks, type Sinks } from '@temporalio/workflow';

interface CountingSinks extends Sinks {
  counting: { called(hook: string): void };
}
const { called } = proxySinks<CountingSinks>().counting;

/** A user's own workflow interceptors, which tell each hook that they see. */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute: (input, next) => {
          called('execute');
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => {
          called(`scheduleActivity ${input.activityType}`);
          return next(input);
        },
        scheduleLocalActivity: (input, next) => {
          called(`scheduleLocalActivity ${input.activityType}`);
          return next(input);
        },
      },
    ],
  };
}
