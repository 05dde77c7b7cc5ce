import { type RecordLayout } from '../../rows/records.ts';
import { type NetworkPlan } from '../../../../core/recipes/recipe.ts';

const fours = (count: number): number => Math.ceil(count / 4) * 4;

/** The width of a matrix: rows that are 512 bytes apart, or a multiple, would compete for the same few lines of a cache. */
const widthFor = (units: number): number => fours(units) + (fours(units) % 128 === 0 ? 16 : 0);

/**
 * Sizes as the kernel has them, places in bytes from the first weight on: a layer's kernels, scales and biases. The first
 * layer's weights are those of the numbers and of the pieces, padding, then those of the levels.
 */
export function layersOf(
  layout: RecordLayout,
  { hidden, members }: Pick<NetworkPlan, 'hidden' | 'members'>,
  outputs: number,
) {
  const pieces = layout.pieces.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
  const dense = [...layout.numbers, ...pieces];
  const padding = widthFor(dense.length) - dense.length;
  const rows = new Map([...dense, ...layout.levels].map((input, i) => [input, i < dense.length ? i : i + padding]));
  const each = Math.max(1, members);
  let [inputs, inner, at] = [layout.width, widthFor(dense.length), 0];
  return [...hidden, outputs].map((units, index) => {
    const columns = widthFor(units);
    const weightRows = index === 0 ? inner + layout.levels.length : inner;
    const kernels = index === hidden.length ? each : 1;
    const scales = index === 0 && members > 0 ? each : 0;
    const scale = at + kernels * weightRows * columns * 4;
    const bias = scale + scales * columns * 4;
    const end = bias + each * columns * 4;
    const rowOf = (input: number): number => (index === 0 ? rows.get(input)! : input);
    const numbers = (end - at) / 4;
    const layer = { inputs, units, inner, columns, weightRows, kernels, scales, at, scale, bias, numbers, rowOf };
    [inputs, inner, at] = [units, columns, end];
    return layer;
  });
}
