/**
 * The middle of numbers, or half way between both; reorders them, in a time that grows with how many they are. NaN of none.
 * Hoare, "Algorithm 65: find", 1961: https://doi.org/10.1145/366622.366647
 * median(Float64Array.of(5, 1, 2, 9)) // => 3.5
 */
export function median(numbers: Float32Array | Float64Array): number {
  const half = numbers.length >> 1;
  const upper = select(numbers, half);
  if (numbers.length % 2 === 1) return upper;
  let lower = -Infinity;
  for (let i = 0; i < half; i++) lower = Math.max(lower, numbers[i]!);
  return (lower + upper) / 2;
}

/** The number that would be at `place` if all were sorted: none before it is larger then, and none after it smaller. */
function select(numbers: Float32Array | Float64Array, place: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const pivot = numbers[(low + high) >> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (numbers[left]! < pivot) left++;
      while (numbers[right]! > pivot) right--;
      if (left > right) break;
      const moved = numbers[left]!;
      numbers[left++] = numbers[right]!;
      numbers[right--] = moved;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return numbers[place] ?? NaN;
}
