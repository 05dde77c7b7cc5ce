/** to += from x the kernel that begins at `start`; `heard` is room for as many places as there are inputs. */
export function addProducts(
  from: Float32Array,
  kernel: Float32Array,
  start: number,
  to: Float32Array,
  heard: Int32Array,
): void {
  const units = to.length;
  let count = 0;
  // Most inputs are zero: of a category's levels one is set, and relu silences many units.
  for (let i = 0; i < from.length; i++) if (from[i] !== 0) heard[count++] = i;
  let next = 0;
  for (; next + 3 < count; next += 4) {
    // Four inputs a turn: each sum is loaded and stored a quarter as often, which makes scoring twice as fast.
    const [a, b, c, d] = [heard[next]!, heard[next + 1]!, heard[next + 2]!, heard[next + 3]!];
    const [ofA, ofB, ofC, ofD] = [from[a]!, from[b]!, from[c]!, from[d]!];
    const [atA, atB, atC, atD] = [start + a * units, start + b * units, start + c * units, start + d * units];
    for (let unit = 0; unit < units; unit++)
      to[unit]! +=
        ofA * kernel[atA + unit]! + ofB * kernel[atB + unit]! + ofC * kernel[atC + unit]! + ofD * kernel[atD + unit]!;
  }
  for (; next < count; next++) {
    const value = from[heard[next]!]!;
    const at = start + heard[next]! * units;
    for (let unit = 0; unit < units; unit++) to[unit]! += value * kernel[at + unit]!;
  }
}
