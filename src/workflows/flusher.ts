import { sleep } from '@temporalio/workflow';
import { utf8Length } from '../span/clean-value.js';
import { invariant } from '../span/errors.js';
import { BATCH_BYTES_MAX } from '../span/limits.js';
import { END_SPAN, START_SPAN } from '../wire/activity-names.js';
import { DEFAULT_CONFIG } from '../wire/default-config.js';
import type { SpanBatch } from '../wire/span-batch.js';
import { FLUSH_BOUND_MS, type FlushAnswer, type SpanActivity, sendLocal, sendRemote, WORKFLOW_TASK_EVENTS } from './delivery.js';
import { cancelTimer, takeOverCommand } from './isolate.js';
import type { RunTracer } from './run-tracer.js';

/**
 * Lingers after which a timer wakes a run that nothing else has woken. A task that comes anyway takes the flush along, from one linger on: a timer
 * that fires costs the server a task of its own.
 */
const LINGERS_UNTIL_WOKEN = 1.5;
/**
 * Doubled for each flight in a row that the timer brought, so often at most: else activities of the timer's own length would each fire one more, since what
 * follows a flight has to linger again.
 */
const WAKING_DOUBLED_MAX = 2;
/**
 * After a flight that did not arrive the next one waits so long, doubled each time up to the longest. Without it a run whose processor is
 * away would try again within the same task for ever, or spend a day's history on trying every second.
 */
const RETRY_WAIT_MS_MIN = 1_000;
const RETRY_WAIT_MS_MAX = 60_000;
/**
 * Bytes of batches in remote activities that are under way at once. The server takes 4 MB a task; a user's codec may make ten times as much
 * of ours, and his own commands are in the same message.
 */
const REMOTE_BYTES_MAX = 2 * BATCH_BYTES_MAX;
/** Started, and fired or cancelled. */
const TIMER_EVENTS = 2;

interface OutgoingBatch {
  readonly activity: SpanActivity;
  readonly batch: SpanBatch;
}

/** Batches that are under way in local activities, side by side. */
interface LocalFlight {
  readonly batches: readonly OutgoingBatch[];
  /** Of each batch, once it is there. */
  readonly answers: FlushAnswer[];
  unanswered: number;
}

/**
 * Carries a run's span events out while it lives. All that it does it does at the end of an activation, where nothing is left to run in it: what
 * happens together leaves together, and no promise, condition or tick of ours is among the user's.
 *
 * idle    --events, due-->    flying   (one flight at a time, so an END does not overtake its START)
 * idle    --events, early-->  waiting  (less than the linger since the last flight began, or since the run had the first of them: one timer,
 *                                       events pile up)
 * waiting --due, or timer-->  flying
 * flying  --answered-->       idle
 * any     --run done-->       whatever was under way ends without effect: the closing batch has it all
 *
 * Live, local activities that end one after the other wake the workflow one by one, each with its own time; in replay, whose ends are known
 * beforehand, all at once, with the time of the last. So a flight begins only where no local activity is under way, and what follows an answer
 * waits for the same, unless none was under way when the activation began:
 *
 *   live     |--a ends: user's command at a's time--|--b ends: ours------------|
 *   replay   |--a and b end: user's command at b's time, ours------------------|
 */
export class Flusher {
  private state: 'idle' | 'waiting' | 'flying' = 'idle';
  /** When the last flight began; before the first one, when there was something to send. Milliseconds of workflow time. */
  private lingersSinceMs: number | undefined;
  /** Batches of this flight that are not over with. */
  private flying = 0;
  private hasFailed = false;
  /** Flights in a row that did not arrive. */
  private failures = 0;
  /** What the outbox was like when a flight came back and the budget was spent. */
  private givenUpAt: number | undefined;
  private local: LocalFlight | undefined;
  /** Batches of this flight that wait until others have been answered. */
  private readonly remoteQueue: (OutgoingBatch & { readonly bytes: number })[] = [];
  private remoteBytes = 0;
  private remoteAnswers: (FlushAnswer & { readonly bytes: number })[] = [];
  /** The timer that wakes the run; undefined once it has fired. */
  private timerSeq: number | undefined;
  /** Flights in a row that the timer brought. */
  private wakings = 0;

  constructor(private readonly run: RunTracer) {}

  /** Where nothing is left to run in an activation: makes the commands that are due. */
  conclude(): void {
    const { run } = this;
    if (run.localsUnderWay === 0 || run.beganAtRest) this.takeAnswers();
    if (run.localsUnderWay === 0) this.depart();
  }

  private takeAnswers(): void {
    const { local, remoteAnswers } = this;
    if (local?.unanswered === 0) {
      this.local = undefined;
      this.judge(local);
    }
    if (remoteAnswers.length === 0) return;
    this.remoteAnswers = [];
    for (const { isOver, config, bytes } of remoteAnswers) {
      if (config !== undefined) this.run.adopt(config);
      this.remoteBytes -= bytes;
      this.answered(isOver);
    }
    this.pumpRemote();
  }

  /** idle, waiting -> flying; idle -> waiting. */
  private depart(): void {
    const { run } = this;
    const { outbox } = run;
    if (this.state === 'flying' || outbox.isEmpty) return;
    // Trying alone must not fill the user's history: past the budget what came back waits for the next event, or the close.
    if (this.givenUpAt === outbox.version) return;
    // The answer to the first flight brings the configuration, where it is not the default.
    if (run.config === undefined && this.lingersSinceMs === undefined) return this.fly();
    this.lingersSinceMs ??= Date.now();
    const isWoken = this.state === 'waiting' && this.timerSeq === undefined;
    const { lingerMs } = run.config ?? DEFAULT_CONFIG;
    const retryMs = this.failures === 0 ? 0 : Math.min(RETRY_WAIT_MS_MIN * 2 ** (this.failures - 1), RETRY_WAIT_MS_MAX);
    const elapsedMs = Date.now() - this.lingersSinceMs;
    if (isWoken || elapsedMs >= Math.max(lingerMs, retryMs)) {
      this.wakings = isWoken ? this.wakings + 1 : 0;
      this.fly();
    } else if (this.state === 'idle') {
      const wakeMs = lingerMs * LINGERS_UNTIL_WOKEN * 2 ** Math.min(this.wakings, WAKING_DOUBLED_MAX);
      this.startTimer(Math.max(wakeMs, retryMs) - elapsedMs);
    }
  }

  /** idle -> waiting. */
  private startTimer(waitMs: number): void {
    const { run } = this;
    const isolate = run.isolate();
    const seq = run.ownCommands.nextTimerSeq;
    this.state = 'waiting';
    this.timerSeq = seq;
    run.spend(TIMER_EVENTS);
    const over = (): void => {
      this.timerSeq = undefined;
    };
    const fired = (): void => {
      run.spend(WORKFLOW_TASK_EVENTS);
      over();
    };
    run.shielded(() => {
      const timer = run.ownCommands.run(isolate, () => sleep(Math.ceil(waitMs), { summary: 'everspan' }));
      takeOverCommand(isolate, 'timer', seq, timer, { resolved: fired, rejected: over });
    });
  }

  /** idle, waiting -> flying. */
  private fly(): void {
    const { run } = this;
    invariant(this.state !== 'flying', 'one flight at a time');
    if (this.timerSeq !== undefined) cancelTimer(run.isolate(), this.timerSeq);
    this.timerSeq = undefined;
    this.state = 'flying';
    this.lingersSinceMs = Date.now();
    this.hasFailed = false;
    const batches = run.outbox.takeFlight().map((spans): OutgoingBatch => {
      // STARTs of the same moment come along with an END: an activity of their own would wake the run once more.
      const activity = spans.some((span) => span.endTime !== undefined) ? END_SPAN : START_SPAN;
      return { activity, batch: run.batch(spans, false) };
    });
    this.flying = batches.length;
    if (run.config?.delivery === 'remote') for (const { activity, batch } of batches) this.sendRemotely(activity, batch);
    else this.sendLocally(batches);
  }

  private sendLocally(batches: readonly OutgoingBatch[]): void {
    const flight: LocalFlight = { batches, answers: [], unanswered: batches.length };
    this.local = flight;
    batches.forEach(({ activity, batch }, index) => {
      sendLocal(this.run, activity, batch, FLUSH_BOUND_MS, (answer) => {
        flight.answers[index] = answer;
        flight.unanswered -= 1;
      });
    });
  }

  // All together and in their order: which was answered first is not known in replay.
  private judge({ batches, answers }: LocalFlight): void {
    const { run } = this;
    for (const { config } of answers) if (config !== undefined) run.adopt(config);
    const undelivered = batches.filter((_, index) => answers[index]?.isOver !== true);
    for (let over = batches.length - undelivered.length; over > 0; over -= 1) this.answered(true);
    for (const { activity, batch } of undelivered) {
      if (run.config?.delivery === 'local') this.answered(false);
      else this.sendRemotely(activity, batch);
    }
  }

  private sendRemotely(activity: SpanActivity, batch: SpanBatch): void {
    this.remoteQueue.push({ activity, batch, bytes: utf8Length(JSON.stringify(batch)) });
    this.pumpRemote();
  }

  // All commands of a workflow task leave in one message, the user's own too: of a large flight only so much is under way at once.
  private pumpRemote(): void {
    for (let next = this.remoteQueue[0]; next !== undefined; next = this.remoteQueue[0]) {
      const { activity, batch, bytes } = next;
      if (this.remoteBytes > 0 && this.remoteBytes + bytes > REMOTE_BYTES_MAX) return;
      this.remoteQueue.shift();
      this.remoteBytes += bytes;
      sendRemote(this.run, activity, batch, bytes, (answer) => this.remoteAnswers.push({ ...answer, bytes }));
    }
  }

  private answered(isOver: boolean): void {
    this.flying -= 1;
    if (!isOver) this.hasFailed = true;
    if (this.flying === 0) this.land();
  }

  /** flying -> idle. */
  private land(): void {
    const { run } = this;
    invariant(this.state === 'flying', 'only what flies lands');
    this.state = 'idle';
    this.failures = this.hasFailed ? this.failures + 1 : 0;
    if (this.hasFailed) run.outbox.returned();
    else run.outbox.landed();
    this.givenUpAt = this.hasFailed && run.isOverBudget() ? run.outbox.version : undefined;
  }
}
