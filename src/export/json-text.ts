/**
 * `value` as JSON, in pieces that are no larger than one item of its lists; one item a line.
 *
 * @param itemDepth - How far below `value` the items lie that are written in one piece: 1 for the items of a list.
 */
export function* jsonText(value: unknown, itemDepth: number): Generator<string> {
  yield* pieces(value, itemDepth);
  yield '\n';
}

function* pieces(value: unknown, depthLeft: number): Generator<string> {
  if (typeof value !== 'object' || value === null || depthLeft === 0) {
    yield wellFormedJson(value);
    return;
  }
  const isList = Array.isArray(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  yield isList ? '[' : '{';
  let separator = isList ? '\n' : '';
  for (const [key, member] of members) {
    yield isList ? separator : `${separator}${wellFormedJson(key)}:`;
    yield* pieces(member, depthLeft - 1);
    separator = isList ? ',\n' : ',';
  }
  yield isList ? '\n]' : '}';
}

// A surrogate alone is not text to protobuf's and Java's readers: one of them would cost the whole file.
function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\ud[89a-f]/.test(json)) return json;
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'string') return member.toWellFormed();
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).map(([key, of]) => [key.toWellFormed(), of]));
  });
}
