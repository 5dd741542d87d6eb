import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { setSpanServerMode } from './server.mjs';
import { median } from './statistics.mjs';

/**
 * What one variant did in one round. `value` is in the unit of the workload's measure: milliseconds, workflows per second, accepted
 * signals.
 *
 * @typedef {object} Measured
 * @property {number} value
 * @property {readonly string[]} workflowIds - Of executions that have ended.
 * @property {{ accepted: number, processed: number }} [signals]
 *
 * @typedef {import('./fleet.mjs').Member} Member
 * @typedef {import('./workloads.mjs').Workload} Workload
 */

/**
 * Median milliseconds from the client's call to the result, over `repeats` executions one after another.
 *
 * @param {Member} member
 * @param {Workload} workload
 * @returns {Promise<Measured>}
 */
export async function measureLatency(member, workload) {
  const times = [];
  const workflowIds = [];
  for (let index = 0; index < workload.repeats; index += 1) {
    const { workflowId, elapsedMs } = await execute(member, workload);
    times.push(elapsedMs);
    workflowIds.push(workflowId);
  }
  return { value: median(times), workflowIds };
}

/**
 * Workflows per second, `repeats` of them started at once, until the last has ended.
 *
 * @param {Member} member
 * @param {Workload} workload
 * @returns {Promise<Measured>}
 */
export async function measureThroughput(member, workload) {
  const startedMs = performance.now();
  const runs = await Promise.all(Array.from({ length: workload.repeats }, () => execute(member, workload)));
  const elapsedMs = performance.now() - startedMs;
  return { value: (workload.repeats * 1_000) / elapsedMs, workflowIds: runs.map(({ workflowId }) => workflowId) };
}

const FLOOD_MS = 4_000;
const FLOOD_SENDERS = 4;

/**
 * Signals that the server accepts within four seconds, and how many of them the workflow's runs say that they have processed: on each of
 * `repeats` workflow ids at the same time four senders call signalWithStart, each as soon as its last call is answered.
 *
 * @param {Member} member
 * @param {Workload} workload
 * @returns {Promise<Measured>}
 */
export async function measureFlood(member, workload) {
  const floods = await Promise.all(Array.from({ length: workload.repeats }, () => floodOne(member, workload)));
  const accepted = floods.reduce((sum, flood) => sum + flood.accepted, 0);
  const processed = floods.reduce((sum, flood) => sum + flood.processed, 0);
  return { value: accepted, workflowIds: [], signals: { accepted, processed } };
}

/** @param {Member} member @param {Workload} workload */
async function floodOne({ client, taskQueue }, workload) {
  const workflowId = `flood-${taskQueue}-${randomUUID()}`;
  const untilMs = performance.now() + FLOOD_MS;
  /** @type {Set<string>} */
  const runIds = new Set();
  let accepted = 0;
  const send = async () => {
    while (performance.now() < untilMs) {
      try {
        const { signaledRunId } = await client.workflow.signalWithStart(workload.workflow, {
          taskQueue,
          workflowId,
          signal: 'tick',
          args: [...workload.args],
        });
        runIds.add(signaledRunId);
        accepted += 1;
      } catch {
        // The server gave up holding it back: not accepted.
      }
    }
  };
  await Promise.all(Array.from({ length: FLOOD_SENDERS }, send));
  let processed = 0;
  for (const runId of runIds) processed += await client.workflow.getHandle(workflowId, runId).result();
  return { accepted, processed };
}

const FIRST_SECOND_MS = 1_000;
const OUTAGE_WINDOW_MS = 3_000;
/** @type {Readonly<Record<string, 'hang' | '503'>>} */
const OUTAGES = { 'outage-hang': 'hang', 'outage-503': '503' };

/**
 * Workflows that end per second, in the three seconds after the first second of an outage, or of none; `repeats` run at any time.
 *
 * @param {Member} member
 * @param {Workload} workload
 * @returns {Promise<Measured>}
 */
export async function measureOutage(member, workload) {
  const { variant, spanServerUrl } = member;
  if (spanServerUrl === undefined) throw new RangeError(`${variant.id} has no span server`);
  const outage = OUTAGES[variant.id];
  if (outage !== undefined) await setSpanServerMode(spanServerUrl, variant.id, outage);
  const startedMs = performance.now();
  const fromMs = startedMs + FIRST_SECOND_MS;
  const untilMs = fromMs + OUTAGE_WINDOW_MS;
  let ended = 0;
  const runOneAfterAnother = async () => {
    while (performance.now() < untilMs) {
      await execute(member, workload);
      const nowMs = performance.now();
      if (nowMs >= fromMs && nowMs < untilMs) ended += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: workload.repeats }, runOneAfterAnother));
  } finally {
    await setSpanServerMode(spanServerUrl, variant.id, 'ok');
  }
  return { value: (ended * 1_000) / OUTAGE_WINDOW_MS, workflowIds: [] };
}

/**
 * Milliseconds of each of `repeats` executions of every member, all of them at the same time: for workflows that wait more than they
 * work. Starts are 50 ms apart, in the order given.
 *
 * @param {readonly Member[]} members
 * @param {Workload} workload
 * @returns {Promise<Map<Member, Measured[]>>}
 */
export async function measureTogether(members, workload) {
  const starts = Array.from({ length: workload.repeats }, () => members).flat();
  const runs = await Promise.all(
    starts.map(async (member, index) => {
      await wait(index * 50);
      const { workflowId, elapsedMs } = await execute(member, workload);
      return { member, measured: { value: elapsedMs, workflowIds: [workflowId] } };
    }),
  );
  return new Map(members.map((member) => [member, runs.filter((run) => run.member === member).map(({ measured }) => measured)]));
}

/**
 * One execution, with the workload's signals.
 *
 * @param {Member} member
 * @param {Workload} workload
 * @returns {Promise<{ workflowId: string, elapsedMs: number }>}
 */
export async function execute({ client, taskQueue }, { id, workflow, args, signals }) {
  const workflowId = `${id}-${taskQueue}-${randomUUID()}`;
  const startedMs = performance.now();
  const run = await client.workflow.start(workflow, { taskQueue, workflowId, args: [...args] });
  for (let index = 0; index < signals; index += 1) await run.signal('tick');
  await run.result();
  return { workflowId, elapsedMs: performance.now() - startedMs };
}
