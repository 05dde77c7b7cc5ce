import { lossFunction, type LossShape } from './loss.ts';
import { combined } from '../../../core/model/tabm.ts';

/** One output for each row, from the members' outputs, row by row. */
export function combinedOutputs(outputs: Float32Array, members: number, loss: LossShape): Float32Array {
  if (members === 0) return outputs;
  const how = loss === 'entropy' ? 'share' : 'mean';
  return Float32Array.from({ length: outputs.length / members }, (_, row) =>
    combined(outputs.subarray(row * members, (row + 1) * members), how),
  );
}

/** The losses of rows by their one output, added up. */
export function combinedLoss(outputs: Float32Array, labelOf: (row: number) => number, loss: LossShape): number {
  const labels = outputs.map((_output, row) => labelOf(row));
  return outputs.length * lossFunction(loss)(outputs, labels).loss;
}
