/** A field of a protobuf message, in its bytes. https://protobuf.dev/programming-guides/encoding */
export type Field = Uint8Array;

const [VARINT, BYTES] = [0, 2];
const utf8 = new TextEncoder();

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** integer(1, 150) // => 08 96 01 */
export const integer = (field: number, value: number): Field => joined([key(field, VARINT), varint(value)]);

/** text(2, 'testing') // => 12 07 74 65 73 74 69 6e 67 */
export const text = (field: number, value: string): Field => bytes(field, utf8.encode(value));

export const message = (field: number, fields: readonly Field[]): Field => bytes(field, joined(fields));

export const bytes = (field: number, value: Uint8Array): Field =>
  joined([key(field, BYTES), varint(value.length), value]);

/** One after the other: integers(8, [1, 150]) // => 42 03 01 96 01 */
export function integers(field: number, values: readonly number[]): Field {
  const all: number[] = [];
  for (const value of values) pushGroups(value, all);
  return bytes(field, Uint8Array.from(all));
}

const key = (field: number, wire: number): Uint8Array => varint(field * 8 + wire);

function varint(value: number): Uint8Array {
  const groups: number[] = [];
  pushGroups(value, groups);
  return Uint8Array.from(groups);
}

function pushGroups(value: number, into: number[]): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) into.push((rest % 128) + 128);
  into.push(rest);
}
