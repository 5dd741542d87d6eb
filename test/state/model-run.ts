import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { OperationError } from '../../src/operation/operation-error.js';
import { readLogs } from '../../src/operation/operation-log.js';
import { createOperation, renewOperation, transitionOperation } from '../../src/operation/operation-model.js';
import { DEFAULT_LIFETIMES, type OperationRecord } from '../../src/operation/operation-record.js';
import type { CreateOperation, RenewOperation, TransitionOperation } from '../../src/operation/operation-request.js';
import {
  isTerminal,
  isValidTransition,
  legalTargets,
  OPERATION_STATES,
  type OperationState,
} from '../../src/operation/operation-state.js';
import { checkTransition } from '../../src/operation/validate-request.js';
import type { OperationStore } from '../../src/state/operation-store.js';
import type { Command } from './model-commands.js';
import { encoded, freshId, freshRequest, OWNER, wayTo } from './store-harness.js';

type Request =
  | { readonly kind: 'create'; readonly request: CreateOperation }
  | { readonly kind: 'step'; readonly request: TransitionOperation }
  | { readonly kind: 'renew'; readonly request: RenewOperation };

/** A store under test: the same operations through several clients, and a way to end an operation's life. */
export interface Subject {
  readonly clients: readonly OperationStore[];
  expire(operationId: string): Promise<void>;
}

/** Counts what happened over all runs, so that a test can tell that it has met what it is about. */
export type Tally = Map<string, number>;

/** Does what `commands` say on the store and on the model, and holds every answer and all that is kept against each other. */
export async function runCommands(commands: readonly Command[], subject: Subject, tally: Tally): Promise<void> {
  const ids = [freshId(), freshId()] as const;
  const records = new Map<string, OperationRecord>();
  const held = new Map<string, number>();
  const sent: Request[] = [];
  const store = (client: number): OperationStore => subject.clients[client % subject.clients.length] as OperationStore;

  const exchange = async (client: number, request: Request, isLearnt: boolean): Promise<void> => {
    const expected = judge(records, request);
    const actual = await ask(store(client), request);
    expectSame(actual, expected);
    tally.set(outcomeOf(actual), (tally.get(outcomeOf(actual)) ?? 0) + 1);
    if (isLearnt && 'operation' in actual) held.set(`${client} ${request.request.operationId}`, actual.operation.epoch);
  };
  const send = async (client: number, request: Request, fate: string): Promise<void> => {
    sent.push(request);
    if (fate !== 'duplicated') return exchange(client, request, fate === 'answered');
    // Whichever of the two is first: one is applied, and the other is told the same.
    const expected = [judge(records, request), judge(records, request)];
    const actual = await Promise.all([ask(store(client), request), ask(store(client + 1), request)]);
    expectSame(firstThenRepeat(actual), expected);
    for (const one of actual) tally.set(outcomeOf(one), (tally.get(outcomeOf(one)) ?? 0) + 1);
  };

  for (const command of commands) {
    if (command.kind === 'repeat') {
      const again = sent[command.pick % Math.max(1, sent.length)];
      if (again !== undefined) await exchange(command.client, again, true);
      continue;
    }
    const operationId = ids[command.operation] as string;
    const known = records.get(operationId);
    if (command.kind === 'walk') {
      for (const to of wayTo(OPERATION_STATES[command.pick % 14] as OperationState).slice(1)) {
        const epoch = held.get(`${command.client} ${operationId}`);
        const request = { operationId, requestId: freshRequest(), to, epoch };
        await send(command.client, { kind: 'step', request }, 'answered');
      }
      continue;
    }
    if (command.kind === 'expire') {
      records.delete(operationId);
      await subject.expire(operationId);
    } else if (command.kind === 'read') {
      await compareKept(store(command.client), operationId, known);
    } else {
      const epoch = held.get(`${command.client} ${operationId}`);
      const request = requestFor(command, operationId, known, epoch);
      if (request !== undefined) await send(command.client, request, command.kind === 'step' ? command.fate : 'answered');
    }
  }
  for (const operationId of ids) await compareKept(store(0), operationId, records.get(operationId));
}

function requestFor(
  command: Exclude<Command, { kind: 'repeat' | 'expire' | 'read' | 'walk' }>,
  operationId: string,
  known: OperationRecord | undefined,
  heldEpoch: number | undefined,
): Request | undefined {
  const write = { operationId, requestId: freshRequest() };
  const version = known?.operation.version ?? 0;
  const ifVersion =
    'ifVersion' in command ? { none: undefined, current: version, wrong: version + 7 }[command.ifVersion] : undefined;
  const epoch =
    'epoch' in command
      ? { held: heldEpoch, none: undefined, wrong: (known?.operation.epoch ?? 0) + 1 }[command.epoch]
      : undefined;
  if (command.kind === 'create') {
    const request = { ...write, traceId: 'f'.repeat(32), owner: OWNER, metadata: command.metadata };
    return { kind: 'create', request };
  }
  if (command.kind === 'renew') return { kind: 'renew', request: { operationId, epoch } };
  if (command.kind === 'force') {
    return { kind: 'step', request: { ...write, to: 'ERRORED', forcedReason: 'no progress', ifVersion } };
  }
  const { pick, isLegal, metadata, hasCheckpoint, hasOwner } = command;
  const legal = legalTargets(known?.operation.state ?? '');
  // Three of four go on: ERRORED and RECLAIMED are legal from almost everywhere.
  const onward = legal.filter((state) => pick % 4 === 0 || (state !== 'ERRORED' && state !== 'RECLAIMED'));
  const targets = isLegal && onward.length > 0 ? onward : OPERATION_STATES;
  const to = targets[Math.floor(pick / 4) % targets.length] as OperationState;
  const request: TransitionOperation = {
    ...write,
    to,
    epoch,
    ifVersion,
    metadata,
    ...(hasCheckpoint && to !== 'COMPLETED' ? { checkpoint: encoded(Uint8Array.of(0, 255, pick % 256, 128)) } : {}),
    ...(hasOwner ? { owner: { identity: `worker-${pick}` } } : {}),
  };
  checkTransition(request);
  return { kind: 'step', request };
}

/** What the model answers, which is also told of it. */
function judge(records: Map<string, OperationRecord>, { kind, request }: Request) {
  const known = records.get(request.operationId);
  const context = { now: 1_700_000_000_000, lifetimes: DEFAULT_LIFETIMES };
  const { record, answer } =
    kind === 'create'
      ? createOperation(known, request, context)
      : kind === 'step'
        ? transitionOperation(known, request, context)
        : renewOperation(known, request, context);
  if (record !== undefined) records.set(request.operationId, record);
  if (known !== undefined && record !== undefined) assertLaws(known, record);
  if (answer instanceof OperationError) return { code: answer.code, message: answer.message };
  return 'isRepeat' in answer ? answer : { operation: answer, from: undefined, isRepeat: false };
}

async function ask(store: OperationStore, { kind, request }: Request): Promise<ReturnType<typeof judge>> {
  try {
    if (kind === 'create') return await store.create(request);
    if (kind === 'step') return await store.transition(request);
    return { operation: await store.renew(request), from: undefined, isRepeat: false };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return { code: error.code, message: error.message };
  }
}

async function compareKept(store: OperationStore, operationId: string, known: OperationRecord | undefined): Promise<void> {
  const [operation, history, checkpoint] = await Promise.all([
    store.get(operationId),
    store.history(operationId),
    store.checkpoint(operationId),
  ]);
  expectSame(operation, known?.operation);
  expectSame(history, known === undefined ? undefined : readLogs(known.logs));
  expectSame(checkpoint, known?.checkpoint);
}

/** What holds whatever the model says. */
function assertLaws({ operation: before }: OperationRecord, { operation: after, logs }: OperationRecord): void {
  const isStep = after.state !== before.state;
  assert(isStep ? after.version === before.version + 1 : after.version >= before.version);
  assert(after.epoch - before.epoch === (isStep && /CLAIMED$/.test(after.state) ? 1 : 0));
  assert(after.refusedWrites - before.refusedWrites <= 1);
  if (!isStep) return;
  assert(before.state !== 'COMPLETED');
  const isForced = readLogs(logs).transitions.at(-1)?.forcedReason !== undefined;
  assert(isForced ? !isTerminal(before.state) && after.state === 'ERRORED' : isValidTransition(before.state, after.state));
}

/** Says what differs; what does not is compared the fast way. */
function expectSame(actual: unknown, expected: unknown): void {
  const [found, wanted] = [comparable(actual), comparable(expected)];
  if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
}

function firstThenRepeat(answers: readonly ReturnType<typeof judge>[]) {
  return [...answers].sort((a, b) => Number('isRepeat' in a && a.isRepeat) - Number('isRepeat' in b && b.isRepeat));
}

/** Without clocks, and bytes as numbers: two stores agree on everything else. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const { updatedAt, deadline, state } = value as { updatedAt?: number; deadline?: number; state?: string };
  return Object.fromEntries(
    entries.map(([name, member]) => {
      if (name === 'deadline' && updatedAt !== undefined && deadline !== undefined) {
        return [name, state === 'COMPLETED' || state === 'ERRORED' ? 'at rest' : 'ahead'];
      }
      return CLOCKS.has(name) ? [name, 'a time'] : [name, comparable(member)];
    }),
  );
}

const CLOCKS = new Set(['createdAt', 'updatedAt', 'savedAt', 'at']);

function outcomeOf(answer: ReturnType<typeof judge>): string {
  if ('code' in answer) return answer.code;
  return answer.isRepeat ? 'repeat' : `in ${answer.operation.state}`;
}
