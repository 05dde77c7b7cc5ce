import { type Pass } from './passes.ts';
import { type EncodedSplit } from '../rows/encoded-split.ts';
import { NO_LEVEL, recordsIn, type RecordLayout, type Records } from '../rows/records.ts';

const CHUNK_BYTES = 2 << 20;

/**
 * The mean loss of a softmax over classes, and its gradient. The weights of an input are side by side, one for each
 * class; the inputs come as numbers, levels and the constant.
 */
export async function softmaxPass(
  split: EncodedSplit,
  weights: Float64Array,
  classes: number,
  pulse: () => Promise<void>,
): Promise<Pick<Pass, 'loss' | 'gradient'>> {
  const { layout, rows } = split;
  const capacity = Math.max(1, Math.min(rows, Math.floor(CHUNK_BYTES / (layout.words * 4))));
  const chunk = recordsIn(new ArrayBuffer(capacity * layout.words * 4), 0, capacity, layout);
  const gradient = new Float64Array(weights.length);
  let loss = 0;
  for (let at = 0; at < rows; at += capacity) {
    const some = Math.min(capacity, rows - at);
    await split.read(at, some, chunk, 0);
    loss += addRows(chunk, some, layout, weights, gradient, classes);
    await pulse();
  }
  return { loss: loss / rows, gradient: gradient.map((sum) => sum / rows) };
}

/** Adds the rows' gradients; returns their loss. */
function addRows(
  { numbers, levels }: Records,
  rows: number,
  layout: RecordLayout,
  weights: Float64Array,
  gradient: Float64Array,
  classes: number,
): number {
  const count = layout.numbers.length;
  const constant = weights.length - classes;
  const outputs = new Float64Array(classes);
  const set = new Int32Array(layout.stretches.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * layout.words;
    const label = numbers[at]!;
    for (let place = 0; place < classes; place++) outputs[place] = weights[constant + place]!;
    for (let i = 0; i < count; i++) {
      const value = numbers[at + 1 + i]!;
      for (let place = 0; place < classes; place++) outputs[place]! += value * weights[i * classes + place]!;
    }
    let known = 0;
    for (let i = at + 1 + count; i < at + layout.words; i++) {
      if (levels[i] === NO_LEVEL) continue;
      const start = (count + levels[i]!) * classes;
      set[known++] = start;
      for (let place = 0; place < classes; place++) outputs[place]! += weights[start + place]!;
    }

    let most = -Infinity;
    for (let place = 0; place < classes; place++) most = Math.max(most, outputs[place]!);
    const own = outputs[label]!;
    let sum = 0;
    for (let place = 0; place < classes; place++) sum += outputs[place] = Math.exp(outputs[place]! - most);
    loss += most + Math.log(sum) - own;
    for (let place = 0; place < classes; place++) outputs[place]! /= sum;
    outputs[label]! -= 1;

    for (let place = 0; place < classes; place++) gradient[constant + place]! += outputs[place]!;
    for (let i = 0; i < count; i++) {
      const value = numbers[at + 1 + i]!;
      for (let place = 0; place < classes; place++) gradient[i * classes + place]! += value * outputs[place]!;
    }
    for (let i = 0; i < known; i++)
      for (let place = 0; place < classes; place++) gradient[set[i]! + place]! += outputs[place]!;
  }
  return loss;
}
