/** The fields of an operation's hash that are ours. All others are the user's metadata. */
export const OPERATION_FIELDS = [
  'state',
  'trace_id',
  'version',
  'epoch',
  'created_at',
  'updated_at',
  'deadline',
  'progress_timeout_ms',
  'request_id',
  'indexed_deadline',
  'facts',
  'checkpoint_at',
  'owner_identity',
  'owner_namespace',
  'owner_workflow_id',
  'owner_run_id',
  'refused_writes',
  'refusals',
] as const;

const RESERVED: ReadonlySet<string> = new Set(OPERATION_FIELDS);

/** Whether metadata may not have a field of this name: ours, and what begins with `everspan_`, as the steps of a log in Redis do. */
export function isReservedField(name: string): boolean {
  return RESERVED.has(name) || name.startsWith('everspan_');
}
