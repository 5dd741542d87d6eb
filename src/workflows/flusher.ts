import { condition, sleep } from '@temporalio/workflow';
import { utf8Length } from '../span/clean-value.js';
import { invariant } from '../span/errors.js';
import { BATCH_BYTES_MAX } from '../span/limits.js';
import { END_SPAN, START_SPAN } from '../wire/activity-names.js';
import type { SpanBatch, WireSpan } from '../wire/span-batch.js';
import { FLUSH_BOUND_MS, type FlushAnswer, type SpanActivity, sendLocal, sendRemote } from './delivery.js';
import type { RunTracer } from './run-tracer.js';
import type { Shield } from './shield.js';

/** Milliseconds of workflow time between flushes, until the run's configuration is known. */
const DEFAULT_LINGER_MS = 1_000;
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

interface OutgoingBatch {
  readonly activity: SpanActivity;
  readonly batch: SpanBatch;
}

/**
 * Carries a run's span events out while it lives.
 *
 * idle      --event-->     gathering  (until the activation has nothing left to do: what happens together leaves together)
 * gathering --early-->     waiting    (less than the linger since the last flush: one timer, events pile up)
 * gathering --due-->       flying     (one flight at a time, so an END does not overtake its START)
 * waiting   --timer-->     flying
 * flying    --answered-->  idle, or gathering when events came meanwhile
 * any       --run done-->  whatever was under way ends without effect: the closing batch has it all
 *
 * Written as callbacks: the SDK takes a stack trace for every promise that is made in a workflow, and that was most of what a flush
 * cost. Everything starts inside a non-cancellable scope and none of it rejects: what rejects there was seen to fail every task of a
 * cancelled workflow.
 *
 * Live, local activities that end one after the other wake the workflow one by one, each with its own time; in replay, whose ends are known
 * beforehand, all at once, with the time of the last. So a flight begins only where no local activity is under way and nothing is left to
 * run in the activation, and what follows an answer waits for the same, unless none was under way when the activation began:
 *
 *   live     |--a ends: user's command at a's time--|--b ends: ours------------|
 *   replay   |--a and b end: user's command at b's time, ours------------------|
 */
export class Flusher {
  private state: 'idle' | 'gathering' | 'waiting' | 'flying' = 'idle';
  private lastFlushAtMs: number | undefined;
  private flying = 0;
  private hasFailed = false;
  /** Flights in a row that did not arrive. */
  private failures = 0;
  /** Batches of this flight that wait until others have been answered. */
  private readonly remoteQueue: (OutgoingBatch & { readonly bytes: number })[] = [];
  private remoteBytes = 0;

  constructor(
    private readonly run: RunTracer,
    private readonly shielded: Shield,
  ) {}

  /** There is an event in the outbox. */
  wake(): void {
    if (this.state !== 'idle' || !this.run.isOpen) return;
    this.state = 'gathering';
    this.atRest(() => {
      // Nobody else waits for a condition: nothing can wake after us in this activation.
      if (this.run.isolate().blockedConditions?.size === 0) this.schedule();
      else this.settle(this.run.outbox.version);
    });
  }

  /** gathering: what other waiting code may do in this same activation is waited for, while it goes on. */
  private settle(seen: number): void {
    invariant(this.state === 'gathering', 'only a flush that gathers settles');
    let looks = 0;
    this.when(
      () => {
        looks += 1;
        return looks > 1;
      },
      () => {
        const { run } = this;
        const { version } = run.outbox;
        if (version !== seen) this.settle(version);
        else if (run.localsUnderWay === 0) this.schedule();
        else this.atRest(() => this.settle(run.outbox.version));
      },
    );
  }

  /** gathering -> waiting, or -> flying. */
  private schedule(): void {
    invariant(this.state === 'gathering', 'only a flush that gathers is scheduled');
    if (this.lastFlushAtMs === undefined) return this.fly();
    const lingerMs = this.run.config?.lingerMs ?? DEFAULT_LINGER_MS;
    const retryMs = this.failures === 0 ? 0 : Math.min(RETRY_WAIT_MS_MIN * 2 ** (this.failures - 1), RETRY_WAIT_MS_MAX);
    const waitMs = this.lastFlushAtMs + Math.max(lingerMs, retryMs) - Date.now();
    if (waitMs <= 0) return this.fly();
    this.state = 'waiting';
    const timer = this.shielded(() => this.run.ownCommands.run(this.run.isolate(), () => sleep(waitMs, { summary: 'everspan' })));
    const due = () => this.atRest(() => this.fly());
    void timer.then(due, due);
  }

  /** gathering, waiting -> flying. */
  private fly(): void {
    invariant(this.state !== 'flying' && this.state !== 'idle', 'one flight at a time');
    if (!this.run.isOpen) return;
    this.state = 'flying';
    this.lastFlushAtMs = Date.now();
    this.hasFailed = false;
    const { starts, ends } = this.run.outbox.takeFlight();
    this.flying = starts.length + ends.length;
    if (this.flying === 0) return this.land();
    const pack =
      (activity: SpanActivity) =>
      (spans: readonly WireSpan[]): OutgoingBatch => ({ activity, batch: this.run.batch(spans, false) });
    const batches = [...starts.map(pack(START_SPAN)), ...ends.map(pack(END_SPAN))];
    if (this.run.config?.delivery === 'remote') for (const { activity, batch } of batches) this.sendRemotely(activity, batch);
    else this.sendLocally(batches);
  }

  private sendLocally(batches: readonly OutgoingBatch[]): void {
    const { run } = this;
    const answers: FlushAnswer[] = [];
    let unanswered = batches.length;
    batches.forEach(({ activity, batch }, index) => {
      void this.shielded(() => sendLocal(run, activity, batch, FLUSH_BOUND_MS)).then((answer) => {
        answers[index] = answer;
        unanswered -= 1;
        // All together and in their order: which was answered first is not known in replay.
        if (unanswered === 0) this.onceAtRest(() => this.judge(batches, answers));
      });
    });
  }

  private judge(batches: readonly OutgoingBatch[], answers: readonly FlushAnswer[]): void {
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
    const { run } = this;
    while (run.isOpen) {
      const [next] = this.remoteQueue;
      if (next === undefined || (this.remoteBytes > 0 && this.remoteBytes + next.bytes > REMOTE_BYTES_MAX)) return;
      this.remoteQueue.shift();
      this.remoteBytes += next.bytes;
      void this.shielded(() => sendRemote(run, next.activity, next.batch, next.bytes)).then(({ isOver, config }) =>
        this.onceAtRest(() => {
          if (config !== undefined) run.adopt(config);
          this.remoteBytes -= next.bytes;
          this.answered(isOver);
          this.pumpRemote();
        }),
      );
    }
  }

  private answered(isOver: boolean): void {
    this.flying -= 1;
    if (!isOver) this.hasFailed = true;
    if (this.flying === 0) this.land();
  }

  /** flying -> idle, or -> gathering. */
  private land(): void {
    invariant(this.state === 'flying', 'only what flies lands');
    if (!this.run.isOpen) return;
    this.failures = this.hasFailed ? this.failures + 1 : 0;
    if (this.hasFailed) this.run.outbox.returned();
    else this.run.outbox.landed();
    this.state = 'idle';
    // Past the budget what came back waits for the next event, or the close: trying alone must not fill the user's history.
    const mayTryAgain = !this.hasFailed || !this.run.isOverBudget();
    if (!this.run.outbox.isEmpty && mayTryAgain) this.wake();
  }

  /** `then` at once where the activation began at rest, else as soon as the run is. */
  private onceAtRest(then: () => void): void {
    if (!this.run.isOpen) return;
    if (this.run.beganAtRest) then();
    else this.atRest(then);
  }

  /** `then` where nothing is left to run in an activation, and no local activity is under way. */
  private atRest(then: () => void): void {
    const { run } = this;
    // The SDK asks a condition at once, and from then on whenever nothing is left to run.
    let hasRunOut = false;
    this.when(() => {
      const isAtRest = !run.isInActivation && hasRunOut && run.localsUnderWay === 0;
      hasRunOut = true;
      return isAtRest;
    }, then);
  }

  private when(isTrue: () => boolean, then: () => void): void {
    void this.shielded(() => condition(() => !this.run.isOpen || isTrue())).then(() => {
      if (this.run.isOpen) then();
    });
  }
}
