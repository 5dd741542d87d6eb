/** An active operation's keys live for this long after its last progress, in milliseconds; then even what no watchdog saw is gone. */
export const FAILSAFE_TTL_MS = 86_400_000;
/** A completed or errored operation is kept for this long, in milliseconds. */
export const TERMINAL_TTL_MS = 3_600_000;
/** Without progress for this long, in milliseconds, an operation is overdue. */
export const PROGRESS_TIMEOUT_MS = 1_800_000;
/** The longest progress timeout that can be asked for, in milliseconds: 30 days. */
export const PROGRESS_TIMEOUT_MS_MAX = 2_592_000_000;
/** The watchdog sweeps this often, in milliseconds. */
export const SWEEP_INTERVAL_MS = 300_000;
/** Raised when what a checkpoint holds is read differently. */
export const CHECKPOINT_SCHEMA_VERSION = 1;
/** A checkpoint from workflow code, as JSON bytes: it crosses history. What is larger is saved from an activity. */
export const WORKFLOW_CHECKPOINT_BYTES_MAX = 65_536;
/** A checkpoint as it is stored, in bytes. */
export const CHECKPOINT_STORED_BYTES_MAX = 1_048_576;
/** A checkpoint's JSON before compression, in bytes; reading stops there too. */
export const CHECKPOINT_RAW_BYTES_MAX = 16_777_216;
/** A checkpoint's step name, in UTF-16 units. */
export const STEP_LENGTH_MAX = 128;
/** An operation's id, in characters. */
export const OPERATION_ID_LENGTH_MAX = 200;
/** A request's id, in characters. */
export const REQUEST_ID_LENGTH_MAX = 200;
/** Metadata fields of one operation. */
export const METADATA_FIELDS_MAX = 64;
/** A metadata field's name, in UTF-16 units. */
export const METADATA_NAME_LENGTH_MAX = 128;
/** A metadata field's value, in UTF-16 units. */
export const METADATA_VALUE_LENGTH_MAX = 4_096;
/** A forced transition's reason, in UTF-16 units. What is longer is cut. */
export const FORCED_REASON_LENGTH_MAX = 256;
/** What is kept of an operation's transitions where they are one text, in bytes: its first and its last ones, some forty. */
export const TRANSITION_LOG_BYTES_MAX = 4_096;
/** What is kept of the writes that an operation refused, in bytes: the last ones, some ten. */
export const REFUSAL_LOG_BYTES_MAX = 1_024;
/** Operations in one page. */
export const PAGE_OPERATIONS_MAX = 1_000;
