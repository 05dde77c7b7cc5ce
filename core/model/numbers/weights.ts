const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const kinds = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float32Array, Float64Array };
type Kind = keyof typeof kinds;
type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Numbers as artifacts hold them: little-endian, base64. */
export function encodeNumbers(numbers: Numbers): string {
  const bytes = new Uint8Array(numbers.slice().buffer);
  if (!littleEndian) swap(bytes, numbers.BYTES_PER_ELEMENT);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(pieces.join(''));
}

/** Throws a RangeError when the text does not hold `length` numbers. */
export function decodeNumbers<K extends Kind>(kind: K, text: string, length: number, what = 'numbers') {
  const binary = atob(text);
  const Numbers = kinds[kind];
  const size = Numbers.BYTES_PER_ELEMENT;
  if (binary.length !== length * size) throw new RangeError(`${binary.length / size} ${what} where ${length} belong`);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  if (!littleEndian) swap(bytes, size);
  return new Numbers(bytes.buffer) as ReturnType<(typeof kinds)[K]['of']>;
}

export const encodeWeights = (weights: Float32Array): string => encodeNumbers(weights);
export const decodeWeights = (text: string, length: number) => decodeNumbers('Float32Array', text, length, 'weights');

function swap(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
