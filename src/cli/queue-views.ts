import type { QueueAttribution, QueueTotal, QueueWait } from '../analysis/queue-waits.js';
import { durationText } from '../export/duration-text.js';
import { formatTable } from './format-table.js';
import type { ViewOptions } from './profile-views.js';

/** What waited for which task queue: by queue, then the longest single waits. */
export function queuesView({ queues, longest, leftOut }: QueueAttribution, options: ViewOptions): string {
  const { style } = options;
  if (longest.length === 0) return `${style.bold('Waits for a worker')}\nnone\n`;
  const byQueue = formatTable<QueueTotal>(
    [
      { heading: 'task queue', cell: (queue) => queue.queue ?? 'unknown', shrinks: 'end' },
      { heading: 'waits', cell: (queue) => queue.waits, align: 'right' },
      { heading: 'total', cell: (queue) => durationText(queue.totalMicros), align: 'right' },
      { heading: 'longest', cell: (queue) => durationText(queue.longestMicros), align: 'right' },
      { heading: 'on critical path', cell: (queue) => durationText(queue.criticalMicros), align: 'right' },
      { heading: 'workers', cell: (queue) => queue.workers.length, align: 'right' },
    ],
    queues,
    options,
  );
  const single = formatTable<QueueWait>(
    [
      { heading: 'waited', cell: (wait) => durationText(wait.micros), align: 'right' },
      { heading: 'span', cell: (wait) => wait.name, shrinks: 'end' },
      { heading: 'attempt', cell: (wait) => wait.attempt, align: 'right' },
      { heading: 'task queue', cell: (wait) => wait.queue ?? 'unknown', shrinks: 'end' },
      { heading: 'taken by', cell: (wait) => wait.worker, shrinks: 'id' },
      { heading: 'critical', cell: (wait) => (wait.isOnCriticalPath ? 'yes' : '') },
    ],
    longest,
    options,
  );
  const rest =
    leftOut.waits === 0
      ? ''
      : style.dim(`… and ${leftOut.waits} more waits, ${durationText(leftOut.waitsMicros)} in all (--top)\n`);
  return `${style.bold('Waits for a worker, by task queue')}\n${byQueue}\n${style.bold('Longest waits')}\n${single}${rest}`;
}
