/** Every state that an operation can be in, in the order in which work passes through them. */
export const OPERATION_STATES = [
  'RECEIVED',
  'PREPROCESSING',
  'QUEUED',
  'CLAIMED',
  'PRE_INFERENCE_GATHER',
  'INFERRING',
  'TOOL_EXECUTING',
  'POSTPROCESSING',
  'DELIVERING',
  'DELIVERED',
  'COMPLETED',
  'ERRORED',
  'RETRYING',
  'RECLAIMED',
] as const;

/** Where an operation stands. */
export type OperationState = (typeof OPERATION_STATES)[number];

/**
 * The states that each state may come from.
 *
 * ```
 * RECEIVED -> PREPROCESSING -> QUEUED -> CLAIMED -> PRE_INFERENCE_GATHER -> INFERRING <-> TOOL_EXECUTING
 *    '-------------------------^            ^                                  |  ^
 *                                           |                                  v  |
 *                                       RECLAIMED <-- CLAIMED … POSTPROCESSING ---'-> DELIVERING -> DELIVERED -> COMPLETED
 *
 * RECEIVED … DELIVERED -> ERRORED -> RETRYING -> QUEUED
 *                               '-> COMPLETED
 * ```
 */
const PREDECESSORS = {
  RECEIVED: [],
  PREPROCESSING: ['RECEIVED'],
  QUEUED: ['RECEIVED', 'PREPROCESSING', 'RETRYING'],
  CLAIMED: ['QUEUED', 'RECLAIMED'],
  PRE_INFERENCE_GATHER: ['CLAIMED'],
  INFERRING: ['PRE_INFERENCE_GATHER', 'TOOL_EXECUTING', 'POSTPROCESSING'],
  TOOL_EXECUTING: ['INFERRING'],
  POSTPROCESSING: ['INFERRING'],
  DELIVERING: ['POSTPROCESSING'],
  DELIVERED: ['DELIVERING'],
  COMPLETED: ['DELIVERED', 'ERRORED'],
  ERRORED: [
    'RECEIVED',
    'PREPROCESSING',
    'QUEUED',
    'CLAIMED',
    'PRE_INFERENCE_GATHER',
    'INFERRING',
    'TOOL_EXECUTING',
    'POSTPROCESSING',
    'DELIVERING',
    'DELIVERED',
  ],
  RETRYING: ['ERRORED'],
  RECLAIMED: ['CLAIMED', 'PRE_INFERENCE_GATHER', 'INFERRING', 'TOOL_EXECUTING', 'POSTPROCESSING'],
} as const satisfies Readonly<Record<OperationState, readonly OperationState[]>>;

/**
 * The states that may follow `From`; of a union, those that may follow one of its members.
 *
 * A function that takes `to: NextState<From>` does not compile with an illegal literal.
 */
export type NextState<From extends OperationState> = {
  [To in OperationState]: From extends (typeof PREDECESSORS)[To][number] ? To : never;
}[OperationState];

/** States in which nothing is being done: out of the active index, kept for the terminal TTL. Of the two only `COMPLETED` is final. */
export type TerminalState = 'COMPLETED' | 'ERRORED';

/** Transitions into these raise the epoch. */
export type ClaimingState = 'CLAIMED' | 'RECLAIMED';

/** Whether `text` names a state. */
export function isOperationState(text: string): text is OperationState {
  return Object.hasOwn(PREDECESSORS, text);
}

/** The states that `target` may come from, in table order; none for `RECEIVED`, which is first. */
export function predecessorsOf(target: OperationState): readonly OperationState[] {
  return PREDECESSORS[target];
}

/** Whether an operation in `current` may be put into `target`; false where either is no state at all. */
export function isValidTransition(current: string, target: string): boolean {
  return isOperationState(target) && (PREDECESSORS[target] as readonly string[]).includes(current);
}

/** The states that may follow `current`, in table order; none for `COMPLETED` and for what is no state. */
export function legalTargets(current: string): readonly OperationState[] {
  return OPERATION_STATES.filter((target) => isValidTransition(current, target));
}

/** Whether an operation in `state` is at rest: completed, or failed and perhaps to be retried. */
export function isTerminal(state: OperationState): state is TerminalState {
  return state === 'COMPLETED' || state === 'ERRORED';
}

/** Whether a transition into `state` gives the operation a new holder. */
export function isClaiming(state: OperationState): state is ClaimingState {
  return state === 'CLAIMED' || state === 'RECLAIMED';
}
