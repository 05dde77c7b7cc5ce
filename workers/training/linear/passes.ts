import { type SingleLoss } from '../network/loss.ts';
import { type EncodedSplit } from '../rows/encoded-split.ts';
import { NO_LEVEL, recordsIn, type RecordLayout, type Records } from '../rows/records.ts';

const CHUNK_BYTES = 2 << 20;
/** Rows whose products are summed together, so that each sum is read and written once for all. */
const TOGETHER = 4;

/** What one pass over a split's rows tells of a model that sums their numbers, their levels and a constant. */
export interface Pass {
  /** Means over the rows. */
  loss: number;
  gradient: Float64Array;
  /** The lower triangle of the loss's second derivatives, or what stands in for them; null if not asked for. */
  curvature: Float64Array | null;
}

/** Weights come as those of the numbers, of the levels, and the constant last. */
export const weightsOf = ({ numbers, levels }: RecordLayout): number => numbers.length + levels.length + 1;

export interface PassOptions {
  loss: SingleLoss;
  curvature: boolean;
  pulse: () => Promise<void>;
}

export async function passOver(split: EncodedSplit, weights: Float64Array, options: PassOptions): Promise<Pass> {
  const { layout, rows } = split;
  const capacity = Math.max(1, Math.min(rows, Math.floor(CHUNK_BYTES / (layout.words * 4))));
  const chunk = recordsIn(new ArrayBuffer(capacity * layout.words * 4), 0, capacity, layout);
  const size = weights.length;
  const sums: Pass = {
    loss: 0,
    gradient: new Float64Array(size),
    curvature: options.curvature ? new Float64Array(size * size) : null,
  };
  for (let at = 0; at < rows; at += capacity) {
    const some = Math.min(capacity, rows - at);
    await split.read(at, some, chunk, 0);
    addRows(chunk, some, layout, weights, options.loss, sums);
    await options.pulse();
  }
  for (let i = 0; i < size; i++) sums.gradient[i]! /= rows;
  if (sums.curvature) for (let i = 0; i < sums.curvature.length; i++) sums.curvature[i]! /= rows;
  return { ...sums, loss: sums.loss / rows };
}

function addRows(
  { numbers, levels }: Records,
  rows: number,
  layout: RecordLayout,
  weights: Float64Array,
  shape: SingleLoss,
  sums: Pass,
): void {
  const { gradient, curvature } = sums;
  const size = weights.length;
  const constant = size - 1;
  const count = layout.numbers.length;
  const together = new Float64Array(TOGETHER * count);
  const bends = new Float64Array(TOGETHER);
  const set = new Int32Array(layout.stretches.length);
  for (let row = 0; row < rows; row++) {
    const at = row * layout.words;
    const label = numbers[at]!;
    const values = (row % TOGETHER) * count;
    let output = weights[constant]!;
    for (let i = 0; i < count; i++) output += weights[i]! * (together[values + i] = numbers[at + 1 + i]!);
    let known = 0;
    for (let i = at + 1 + count; i < at + layout.words; i++) {
      if (levels[i] === NO_LEVEL) continue;
      const place = count + levels[i]!;
      output += weights[place]!;
      set[known++] = place;
    }

    const error = output - label;
    let [slope, bend] = [error, 1];
    if (shape === 'entropy') {
      const power = Math.exp(-Math.abs(output));
      sums.loss += Math.max(output, 0) - output * label + Math.log1p(power);
      const share = output >= 0 ? 1 / (1 + power) : power / (1 + power);
      slope = share - label;
      bend = share * (1 - share);
    } else {
      const [size, far] = [Math.abs(error), shape.squaredUpTo];
      sums.loss += size > far ? far * (size - far / 2) : (error * error) / 2;
      // The parabola that touches the loss here and is nowhere below it: steps by it never make the loss larger.
      if (size > far) bend = far / size;
      slope = bend * error;
    }

    gradient[constant]! += slope;
    for (let i = 0; i < count; i++) gradient[i]! += slope * together[values + i]!;
    for (let i = 0; i < known; i++) gradient[set[i]!]! += slope;
    if (!curvature) continue;
    bends[row % TOGETHER] = bend;
    if (row % TOGETHER === TOGETHER - 1 || row === rows - 1) {
      addProducts(together, bends, count, curvature, size);
      bends.fill(0); // of the last rows there may be fewer
    }
    for (let i = 0; i <= known; i++) {
      const line = (i === known ? constant : set[i]!) * size;
      for (let j = 0; j < count; j++) curvature[line + j]! += bend * together[values + j]!;
      for (let j = 0; j < i; j++) curvature[line + set[j]!]! += bend;
      curvature[line + (i === known ? constant : set[i]!)]! += bend;
    }
  }
}

/** Adds the products of four rows' numbers to the lower triangle. */
function addProducts(
  rows: Float64Array,
  bends: Float64Array,
  count: number,
  triangle: Float64Array,
  size: number,
): void {
  const [b, c, d] = [count, 2 * count, 3 * count];
  for (let i = 0; i < count; i++) {
    const line = i * size;
    const ofA = bends[0]! * rows[i]!;
    const ofB = bends[1]! * rows[b + i]!;
    const ofC = bends[2]! * rows[c + i]!;
    const ofD = bends[3]! * rows[d + i]!;
    for (let j = 0; j <= i; j++)
      triangle[line + j]! += ofA * rows[j]! + ofB * rows[b + j]! + ofC * rows[c + j]! + ofD * rows[d + j]!;
  }
}
