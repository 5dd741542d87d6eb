/** Numbers by which PostgreSQL knows its types, the same in every server. */
const BIGINT_OID = 20;
const TEXT_OID = 25;
/** Dimensions, whether there are nulls, the type, the length, where it begins to count. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const BIGINT_BYTES = 8;
const NULL_LENGTH = -1;

/**
 * `values` as a `text[]` in PostgreSQL's binary format, which neither end has to escape or to search for quotes.
 *
 * @param values - Well-formed, without NUL (see `toColumn`); `undefined` is null.
 */
export function textArray(values: readonly (string | undefined)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value === undefined ? 0 : Buffer.byteLength(value));
  const array = Buffer.allocUnsafe(bytes);
  let offset = writeHeader(array, TEXT_OID, values.length);
  for (const value of values) {
    const length = value === undefined ? 0 : array.write(value, offset + LENGTH_BYTES);
    array.writeInt32BE(value === undefined ? NULL_LENGTH : length, offset);
    offset += LENGTH_BYTES + length;
  }
  return array;
}

/** `values`, safe integers, as a `bigint[]` in the same format; `undefined` is null. */
export function bigintArray(values: readonly (number | undefined)[]): Buffer {
  const array = Buffer.allocUnsafe(HEADER_BYTES + values.length * (LENGTH_BYTES + BIGINT_BYTES));
  let offset = writeHeader(array, BIGINT_OID, values.length);
  for (const value of values) {
    offset = array.writeInt32BE(value === undefined ? NULL_LENGTH : BIGINT_BYTES, offset);
    if (value !== undefined) offset = array.writeBigInt64BE(BigInt(value), offset);
  }
  return array.subarray(0, offset);
}

/** Where the members begin. */
function writeHeader(array: Buffer, type: number, length: number): number {
  array.writeInt32BE(1, 0);
  array.writeInt32BE(1, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(length, 12);
  return array.writeInt32BE(1, 16);
}
