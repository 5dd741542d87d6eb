/** What history does not tell about a workflow's code. */
export interface Program {
  /** Spans that the code makes itself, each once a run, outermost first; `under` names another of them, else the run. */
  readonly ownSpans: readonly { readonly name: string; readonly under?: string }[];
  /** Calls that are made inside one of those, or inside a handler, by the call's span name. */
  readonly callsUnder: Readonly<Record<string, string>>;
}

const PLAIN: Program = { ownSpans: [], callsUnder: {} };

/** The workflows of the crash suite, by type. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  steps: {
    ownSpans: [{ name: 'gather' }, { name: 'order', under: 'gather' }],
    callsUnder: { 'activity read': 'gather', 'activity rank': 'order' },
  },
  slowSteps: PLAIN,
  quickThenWait: PLAIN,
  family: PLAIN,
  child: { ownSpans: [], callsUnder: { 'activity quick': 'handle signal go' } },
  waiter: PLAIN,
  localTogether: PLAIN,
  chain: PLAIN,
  troubles: PLAIN,
};
