import { expect, expectTypeOf, test } from 'vitest';
import type { HeldOperation } from '../../src/operations.js';
import type { OperationState } from '../../src/operation/operation-state.js';
import type { operation, WorkflowOperation } from '../../src/workflow.js';

// What a state is said by is its type; nothing of this runs.
type Target<S extends OperationState> = Parameters<WorkflowOperation<S>['transition']>[0];

test('a literal step that the table does not have does not compile, where the state is known', () => {
  expectTypeOf<Target<'QUEUED'>>().toEqualTypeOf<'CLAIMED' | 'ERRORED'>();
  expectTypeOf<Target<'DELIVERING'>>().toEqualTypeOf<'DELIVERED' | 'ERRORED'>();
  expectTypeOf<Target<'COMPLETED'>>().toEqualTypeOf<never>();
  expectTypeOf<Target<OperationState>>().toEqualTypeOf<Exclude<OperationState, 'RECEIVED'>>();
  expectTypeOf<Parameters<HeldOperation<'INFERRING'>['checkpoint']>[0]>().toEqualTypeOf<
    'TOOL_EXECUTING' | 'POSTPROCESSING' | 'ERRORED' | 'RECLAIMED'
  >();
  expectTypeOf<Awaited<ReturnType<typeof operation>>>().toEqualTypeOf<WorkflowOperation>();
  expectTypeOf<Awaited<ReturnType<WorkflowOperation['complete']>>>().toEqualTypeOf<WorkflowOperation<'COMPLETED'>>();

  const drive = async (op: WorkflowOperation<'CLAIMED'>): Promise<void> => {
    const gathering = await op.transition('PRE_INFERENCE_GATHER');
    // @ts-expect-error -- a step over INFERRING
    await gathering.transition('POSTPROCESSING');
    // @ts-expect-error -- no state at all
    await op.transition('LOST');
    // @ts-expect-error -- COMPLETED deletes the checkpoint
    await op.checkpoint('COMPLETED', {});
  };
  expect(drive).toBeTypeOf('function');
});
