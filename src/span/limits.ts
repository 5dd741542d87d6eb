/** A span's or an attribute's name, in UTF-16 units. What is longer is cut. */
export const NAME_LENGTH_MAX = 512;
/** Attributes on one span. What is more is left out and counted. */
export const ATTRIBUTES_MAX = 128;
/** A string in an attribute, in UTF-16 units. */
export const ATTRIBUTE_VALUE_LENGTH_MAX = 4_096;
/** Members of an attribute that is a list. */
export const ATTRIBUTE_LIST_MAX = 128;
/** Moments on one span. */
export const SPAN_MOMENTS_MAX = 128;
/** Links on one span. */
export const SPAN_LINKS_MAX = 128;
/** A status message, in UTF-16 units. */
export const STATUS_MESSAGE_LENGTH_MAX = 4_096;
/** `input` and `output` of a span on their way through workflow history, as JSON bytes. */
export const CAPTURED_VALUE_BYTES_MAX = 16_384;
/** `input` and `output` that go from an activity's process straight to a processor, as JSON bytes. */
export const DIRECT_VALUE_BYTES_MAX = 262_144;
/** Depth of nesting kept in a captured value. */
export const CAPTURED_VALUE_DEPTH_MAX = 32;
/** Depth of nesting that a span's `input` and `output` may have at all: far below where writing them as text runs out of stack. */
export const JSON_DEPTH_MAX = 256;
/** One batch through workflow history, as JSON bytes. 3 MB were seen to fail a user's workflow; Temporal warns at 256 KiB. */
export const BATCH_BYTES_MAX = 131_072;
/** One span in such a batch, as JSON bytes: past it, attributes and values are left out until it fits. */
export const SPAN_BYTES_MAX = 65_536;
/** Latest time a span may carry: the last microsecond that a JavaScript date can show. */
export const TIME_MICROS_MAX = 8_640_000_000_000_000;
