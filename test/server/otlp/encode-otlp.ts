/** The bytes of a protobuf field that holds bytes: a message, a text. */
export function bytesField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.byteLength), bytes]);
}

export function varintField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

export function fixed64Field(number: number, value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

export function message(...fields: Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** An attribute with a text. */
export function textAttribute(key: string, value: string): Uint8Array {
  return message(bytesField(1, key), bytesField(2, bytesField(1, value)));
}

/** A span with every field that OTLP has, or with others in the place of some. */
export function spanMessage({
  name = 'x',
  spanId = 'bb'.repeat(8),
}: {
  readonly name?: string;
  readonly spanId?: string;
} = {}): Uint8Array {
  const list = bytesField(5, message(bytesField(1, varintField(3, 5)), bytesField(1, bytesField(1, 'y'))));
  const map = bytesField(6, bytesField(1, textAttribute('k', 'v')));
  return message(
    bytesField(1, Buffer.from('aa'.repeat(16), 'hex')),
    bytesField(2, Buffer.from(spanId, 'hex')),
    bytesField(3, 'vendor=1'),
    bytesField(4, Buffer.from('cc'.repeat(8), 'hex')),
    bytesField(5, name),
    varintField(6, 3),
    fixed64Field(7, 1_778_500_800_123_456_789n),
    fixed64Field(8, 1_778_500_801_000_000_000n),
    bytesField(9, textAttribute('a', 'héllo')),
    bytesField(9, message(bytesField(1, 'list'), bytesField(2, list))),
    bytesField(9, message(bytesField(1, 'map'), bytesField(2, map))),
    bytesField(9, message(bytesField(1, 'bytes'), bytesField(2, bytesField(7, Uint8Array.from([1, 2, 3]))))),
    bytesField(9, message(bytesField(1, 'flag'), bytesField(2, varintField(2, 1)))),
    varintField(10, 2),
    bytesField(11, message(fixed64Field(1, 1_778_500_800_500_000_000n), bytesField(2, 'retried'))),
    bytesField(
      13,
      message(bytesField(1, Buffer.from('dd'.repeat(16), 'hex')), bytesField(2, Buffer.from('ee'.repeat(8), 'hex'))),
    ),
    bytesField(15, message(bytesField(2, 'no'), varintField(3, 2))),
    bytesField(99, 'a field of a later version'),
  );
}

/** A request with these spans. */
export function requestMessage(...spans: Uint8Array[]): Uint8Array {
  const resource = bytesField(1, bytesField(1, textAttribute('service.name', 'shop')));
  const scope = bytesField(1, message(bytesField(1, 'lib'), bytesField(2, '1.0')));
  const scopeSpans = bytesField(2, message(scope, ...spans.map((span) => bytesField(2, span))));
  return bytesField(1, message(scopeSpans, resource));
}
