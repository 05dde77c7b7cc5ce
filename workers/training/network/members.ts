import { lossFunction, outputsOf, type LossShape } from './loss.ts';
import { combined, combinedClasses } from '../../../core/model/kinds/tabm.ts';

/** One output for each row, or one for each class, from the members' outputs, row by row. */
export function combinedOutputs(outputs: Float32Array, members: number, loss: LossShape): Float32Array {
  if (members === 0) return outputs;
  const width = outputsOf(loss);
  if (width > 1) return ofClasses(outputs, members, width);
  const how = loss === 'entropy' ? 'share' : 'mean';
  return Float32Array.from({ length: outputs.length / members }, (_, row) =>
    combined(outputs.subarray(row * members, (row + 1) * members), how),
  );
}

function ofClasses(outputs: Float32Array, members: number, width: number): Float32Array {
  const rows = outputs.length / members / width;
  const combined = new Float32Array(rows * width);
  const room = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    combinedClasses(outputs.subarray(row * members * width, (row + 1) * members * width), room);
    combined.set(room, row * width);
  }
  return combined;
}

/** The losses of rows by their outputs, added up. */
export function combinedLoss(
  outputs: Float32Array,
  rows: number,
  labelOf: (row: number) => number,
  loss: LossShape,
): number {
  const labels = Float32Array.from({ length: rows }, (_, row) => labelOf(row));
  return rows * lossFunction(loss)(outputs, labels).loss;
}
