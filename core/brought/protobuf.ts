/** One field of a protobuf message; of a length-delimited one its bytes. */
export interface Field {
  field: number;
  value: number | Uint8Array;
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

/** The fields of a message. Throws a RangeError where the bytes end early, or are no message at all. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError('a number of more than 64 bits');
  };
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (wire === VARINT) yield { field, value: varint() };
    else if (wire === FIXED32) yield { field, value: view.getFloat32((at += 4) - 4, true) };
    else if (wire === FIXED64) yield { field, value: view.getFloat64((at += 8) - 8, true) };
    else if (wire === BYTES) {
      const length = varint();
      if (length < 0 || at + length > message.length) throw new RangeError('a field that ends after its message');
      yield { field, value: message.subarray(at, (at += length)) };
    } else throw new RangeError(`a field of type ${wire}, which protobuf does not have`);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });
export const textOf = (value: Field['value']): string => decoder.decode(bytesOf(value));

export function bytesOf(value: Field['value']): Uint8Array {
  if (typeof value === 'number') throw new RangeError('a number where bytes belong');
  return value;
}

/** Whole numbers, packed or one a field. */
export function integersOf(value: Field['value']): number[] {
  if (typeof value === 'number') return [value];
  const numbers: number[] = [];
  for (let at = 0; at < value.length;) {
    let [low, end] = [0, at];
    while (value[end]! >= 128) end++;
    if (end - at < 4) {
      for (let place = end; place >= at; place--) low = low * 128 + (value[place]! & 127);
      numbers.push(low);
    } else
      for (const field of fieldsOf(Uint8Array.from([8, ...value.subarray(at, end + 1)])))
        numbers.push(field.value as number);
    at = end + 1;
  }
  return numbers;
}

/** Numbers of a width in bytes, packed or one a field. */
export function floatsOf(value: Field['value'], width: 4 | 8): number[] {
  if (typeof value === 'number') return [value];
  if (value.length % width !== 0) throw new RangeError('numbers that end early');
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length / width }, (_, i) =>
    width === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
  );
}
