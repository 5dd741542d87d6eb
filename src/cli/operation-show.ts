import { oneLine } from '../export/display-width.js';
import { durationText } from '../export/duration-text.js';
import type { CheckpointHeader } from '../operation/checkpoint.js';
import type { Operation, OperationHistory, RecordedTransition, RefusedWrite } from '../operation/operation.js';
import { isTerminal } from '../operation/operation-state.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import { formatTable } from './format-table.js';
import { type RedisOptions, withOperations } from './operation-store-options.js';
import { printJson } from './print-json.js';
import { type TextStyle, textStyle } from './text-style.js';

export interface ShowOperationOptions extends RedisOptions {
  readonly format: 'text' | 'json';
}

interface ShownOperation {
  readonly operation: Operation;
  readonly history: OperationHistory | undefined;
  readonly checkpoint: CheckpointHeader | undefined;
}

/** `everspan operation show`. */
export async function showOperation(operationId: string, options: ShowOperationOptions, io: CliIo): Promise<void> {
  const { operation, history, checkpoint } = await withOperations(options, io, async (store) => {
    const [found, steps, stored] = await Promise.all([
      store.get(operationId),
      store.history(operationId),
      store.checkpoint(operationId),
    ]);
    return { operation: found, history: steps, checkpoint: stored?.header };
  });
  if (operation === undefined) {
    throw new CliError('NOT_FOUND', `no operation ${operationId}: never created, or past its time to live`);
  }
  if (options.format === 'json') {
    await printJson(io.stdout, { operation, ...history, ...(checkpoint === undefined ? {} : { checkpoint }) });
    return;
  }
  await io.stdout.write(describe({ operation, history, checkpoint }, Date.now(), textStyle(io.stdout, io.env)));
}

function describe({ operation, history, checkpoint }: ShownOperation, nowMs: number, style: TextStyle): string {
  const { owner, metadata } = operation;
  const facts: readonly (readonly [string, string])[] = [
    ['operation', operation.operationId],
    ['trace', operation.traceId],
    ['state', `${style.bold(operation.state)}, version ${operation.version}, epoch ${operation.epoch}`],
    ['owner', oneLine(owner.identity)],
    ...(owner.workflow === undefined
      ? []
      : ([
          ['workflow', `${oneLine(owner.workflow.workflowId)} in ${owner.workflow.namespace}, run ${owner.workflow.runId}`],
        ] as const)),
    ['age', ago(operation.createdAt, nowMs)],
    ['last progress', `${ago(operation.updatedAt, nowMs)} ago`],
    ...(isTerminal(operation.state) ? [] : ([['deadline', deadlineOf(operation, nowMs, style)]] as const)),
    ['checkpoint', checkpoint === undefined ? 'none' : checkpointText(checkpoint, nowMs)],
    ...Object.entries(metadata).map(([name, value]) => [`  ${oneLine(name)}`, oneLine(value)] as const),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}\n`).join('');
  const transitions = history?.transitions ?? [];
  const refused = history?.refused ?? [];
  return (
    `${lines}\n${transitionTable(transitions, style)}` +
    (refused.length === 0
      ? ''
      : `\n${style.yellow(`${operation.refusedWrites} refused writes, the last ${refused.length}:`)}\n${refusedTable(refused, style)}`)
  );
}

function transitionTable(transitions: readonly RecordedTransition[], style: TextStyle): string {
  return formatTable<RecordedTransition>(
    [
      { heading: 'at (UTC)', cell: ({ at }) => momentText(at) },
      { heading: 'from', cell: ({ from }) => from },
      { heading: 'to', cell: ({ to }) => to },
      { heading: 'version', cell: ({ version }) => version, align: 'right' },
      { heading: 'epoch', cell: ({ epoch }) => epoch, align: 'right' },
      { heading: 'forced by the watchdog', cell: ({ forcedReason }) => forcedReason, paint: style.red },
    ],
    transitions,
    { width: undefined, style },
  );
}

function refusedTable(refused: readonly RefusedWrite[], style: TextStyle): string {
  return formatTable<RefusedWrite>(
    [
      { heading: 'at (UTC)', cell: ({ at }) => momentText(at) },
      { heading: 'why', cell: ({ code }) => code },
      { heading: 'in', cell: ({ from }) => from },
      { heading: 'asked for', cell: ({ to }) => to ?? 'renewal' },
      { heading: 'epoch', cell: ({ epoch, currentEpoch }) => `${epoch} of ${currentEpoch}`, align: 'right' },
    ],
    refused,
    { width: undefined, style },
  );
}

function deadlineOf({ deadline }: Operation, nowMs: number, style: TextStyle): string {
  return deadline > nowMs ? `in ${ago(nowMs, deadline)}` : style.red(`overdue for ${ago(deadline, nowMs)}`);
}

function checkpointText(header: CheckpointHeader, nowMs: number): string {
  const { originalBytes, storedBytes, codec, step, state, savedAt } = header;
  const share = originalBytes === 0 ? '' : ` (${((storedBytes / originalBytes) * 100).toFixed(1)} %, ${codec})`;
  const at = step === undefined ? `in ${state}` : `at step ${oneLine(step)}, in ${state}`;
  return `${originalBytes.toLocaleString('en')} bytes, stored as ${storedBytes.toLocaleString('en')}${share}; ${at}, ${ago(savedAt, nowMs)} ago`;
}

function ago(fromMs: number, toMs: number): string {
  return durationText((toMs - fromMs) * 1_000);
}

function momentText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 23).replace('T', ' ');
}
