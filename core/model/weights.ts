const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Weights as artifacts hold them: Float32, little-endian, base64. */
export function encodeWeights(weights: Float32Array): string {
  const bytes = new Uint8Array(weights.slice().buffer);
  if (!littleEndian) swap(bytes);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(pieces.join(''));
}

/** Throws a RangeError when the text does not hold `length` weights. */
export function decodeWeights(text: string, length: number): Float32Array {
  const binary = atob(text);
  if (binary.length !== length * 4) throw new RangeError(`${binary.length / 4} weights where ${length} belong`);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  if (!littleEndian) swap(bytes);
  return new Float32Array(bytes.buffer);
}

function swap(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
}
