/** Where an operation stands. */
export type OperationState =
  | 'RECEIVED'
  | 'PREPROCESSING'
  | 'QUEUED'
  | 'CLAIMED'
  | 'PRE_INFERENCE_GATHER'
  | 'INFERRING'
  | 'TOOL_EXECUTING'
  | 'POSTPROCESSING'
  | 'DELIVERING'
  | 'DELIVERED'
  | 'COMPLETED'
  | 'ERRORED'
  | 'RETRYING'
  | 'RECLAIMED';
