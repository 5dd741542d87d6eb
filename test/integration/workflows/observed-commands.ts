import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

interface CommandSinks extends Sinks {
  commands: { scheduled(activityType: string, isNeverEager: boolean): void };
}
const { commands } = proxySinks<CommandSinks>();

/** Tells of each activity that a workflow task schedules, as Core is told. */
export function interceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        concludeActivation: (input, next) => {
          const output = next(input);
          for (const { scheduleActivity } of output.commands) {
            if (scheduleActivity)
              commands.scheduled(scheduleActivity.activityType ?? '', scheduleActivity.doNotEagerlyExecute ?? false);
          }
          return output;
        },
      },
    ],
  };
}
