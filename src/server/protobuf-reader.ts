/** Bytes that are not the message that they should be. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
  readonly code = 'INVALID_PROTOBUF';
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one protobuf message field by field, within its bytes: no length can lead beyond them, none makes a copy.
 *
 * By hand, because OTLP needs few messages, and because a message that is broken is then known together with the bytes of its
 * neighbours, which are not: one bad span costs itself only.
 */
export class ProtobufReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;
  #wireType = -1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  /** The number of the next field, whose value is read next, as what it is or by `skip`. @throws ProtobufError, as every reading. */
  field(): number {
    const tag = this.#varint();
    this.#wireType = Number(tag & 7n);
    const field = Number(tag >> 3n);
    if (field === 0) throw new ProtobufError(`byte ${this.#at}: a field has no number`);
    return field;
  }

  /** A number that fits a double exactly, as enums and counts do; of a greater one its low 32 bits. */
  uint(): number {
    const value = this.varint();
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number(value & 0xffff_ffffn);
  }

  varint(): bigint {
    this.#expect(VARINT);
    return this.#varint();
  }

  fixed64(): bigint {
    this.#expect(FIXED64);
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#view.getFloat64(this.#advance(8), true);
  }

  bytes(): Uint8Array {
    this.#expect(BYTES);
    const length = Number(this.#varint());
    const from = this.#advance(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      throw new ProtobufError(`byte ${this.#at}: a text is not UTF-8`);
    }
  }

  /** Passes over a field that is not known. */
  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#advance(8);
    else if (this.#wireType === BYTES) this.#advance(Number(this.#varint()));
    else if (this.#wireType === FIXED32) this.#advance(4);
    else throw new ProtobufError(`byte ${this.#at}: a field of the unknown wire type ${this.#wireType}`);
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw new ProtobufError(`byte ${this.#at}: a field is of wire type ${this.#wireType}, and should be of ${wireType}`);
  }

  #varint(): bigint {
    // The common case without big integers on the way.
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError(`byte ${this.#at}: a number has more than ten bytes`);
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  #advance(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.byteLength) {
      throw new ProtobufError(`byte ${from}: ${length} bytes are announced, ${this.#bytes.byteLength - from} are left`);
    }
    this.#at = from + length;
    return from;
  }
}
