/** What one request may cost. Everything past a limit is refused with an answer that names it. */
export interface CollectorLimits {
  /** Bytes of a request's body, before and after it is unpacked. Default: 32 MiB. */
  readonly bodyBytes: number;
  /** Bytes of an uploaded file of artefacts, unpacked. Default: 64 MiB. */
  readonly artefactBytes: number;
  /** Bytes of all bodies that are read at a time. Default: 256 MiB. */
  readonly heldBytes: number;
  /** Bytes of one span in a batch, as JSON or protobuf. Default: 4 MiB. */
  readonly rowBytes: number;
  /** Items of one SGP batch. Default: 1000, as in SGP. */
  readonly batchItems: number;
  /** Spans of one OTLP request. Default: 50,000. */
  readonly otlpSpans: number;
  /** Items of one page of an answer. Default: 1000. */
  readonly pageItems: number;
  /** Spans of one trace that is read, analysed or exported whole. Default: 1,000,000. */
  readonly traceSpans: number;
  /** Bytes of a request's headers. Default: 16 KiB. */
  readonly headerBytes: number;
  /** Milliseconds in which a request has to arrive whole. Default: 60,000. */
  readonly requestMs: number;
  /** Milliseconds that a reader of live changes may leave what it was sent unread, before it is cut off. Default: 30,000. */
  readonly stalledReaderMs: number;
  /** Readers of live changes at a time. Default: 200. */
  readonly liveReaders: number;
  /** Milliseconds that a stop waits for requests under way. Default: 10,000. */
  readonly stopMs: number;
}

const MIB = 1024 * 1024;

export const COLLECTOR_LIMITS: CollectorLimits = {
  bodyBytes: 32 * MIB,
  artefactBytes: 64 * MIB,
  heldBytes: 256 * MIB,
  rowBytes: 4 * MIB,
  batchItems: 1_000,
  otlpSpans: 50_000,
  pageItems: 1_000,
  traceSpans: 1_000_000,
  headerBytes: 16 * 1024,
  requestMs: 60_000,
  stalledReaderMs: 30_000,
  liveReaders: 200,
  stopMs: 10_000,
};
