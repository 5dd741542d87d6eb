import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

interface CountingSinks extends Sinks {
  counting: { called(hook: string): void };
}
const { counting } = proxySinks<CountingSinks>();

/** A user's own workflow interceptors, which tell each hook that they see. */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute: (input, next) => {
          counting.called('execute');
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => {
          counting.called(`scheduleActivity ${input.activityType}`);
          return next(input);
        },
        scheduleLocalActivity: (input, next) => {
          counting.called(`scheduleLocalActivity ${input.activityType}`);
          return next(input);
        },
      },
    ],
  };
}
