import { pack, type PackedRows } from './packed.ts';
import { squaredErrorOf } from './scored.ts';

/** Two models' scores of the same rows, and the block that each row belongs to, from 0 up. */
export interface ScoredPair {
  labels: Float64Array;
  challenger: ArrayLike<number>;
  champion: ArrayLike<number>;
  blockOf: Int32Array;
  blocks: number;
}

/**
 * The challenger's metric less the champion's, with every block counted `times` times; null where it is
 * undefined.
 */
export type Redraw = (times: Int32Array) => number | null;

/** For ranking metrics: rows are sorted once, and `drawn` counts each as often as its block was drawn. */
export const byOrder =
  (drawn: (rows: PackedRows, times: Int32Array) => number | null) =>
  ({ labels, challenger, champion, blockOf }: ScoredPair): Redraw => {
    const [ours, theirs] = [pack(challenger, labels, blockOf), pack(champion, labels, blockOf)];
    return (times) => {
      const [mine, others] = [drawn(ours, times), drawn(theirs, times)];
      return mine === null || others === null ? null : mine - others;
    };
  };

/** For means of a cost per row: a block is represented by its sum. */
export const byMeanCost =
  (costOf: (score: number, label: number) => number) =>
  ({ labels, challenger, champion, blockOf, blocks }: ScoredPair): Redraw => {
    const [rows, differences] = [new Float64Array(blocks), new Float64Array(blocks)];
    blockOf.forEach((block, row) => {
      rows[block]!++;
      differences[block]! += costOf(challenger[row]!, labels[row]!) - costOf(champion[row]!, labels[row]!);
    });
    return (times) => {
      let [count, sum] = [0, 0];
      for (let block = 0; block < blocks; block++) {
        count += times[block]! * rows[block]!;
        sum += times[block]! * differences[block]!;
      }
      return count === 0 ? null : sum / count;
    };
  };

/** Sums over the rows drawn. */
export interface DrawnErrors {
  rows: number;
  /** Squared errors of either model. */
  challenger: number;
  champion: number;
  /** Of the labels, squared, from their mean. */
  variance: number;
}

/** For metrics of squared errors, which add up over rows: a block is represented by its sums. */
export const bySquaredErrors =
  (differenceOf: (drawn: DrawnErrors) => number | null) =>
  ({ labels, challenger, champion, blockOf, blocks }: ScoredPair): Redraw => {
    // Around their mean: squares of labels far from zero would leave no digits for their differences.
    const centre = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
    const sums = () => new Float64Array(blocks);
    const [rows, ours, theirs, total, squares] = [sums(), sums(), sums(), sums(), sums()];
    blockOf.forEach((block, row) => {
      const label = labels[row]!;
      rows[block]!++;
      ours[block]! += squaredErrorOf(challenger[row]!, label);
      theirs[block]! += squaredErrorOf(champion[row]!, label);
      total[block]! += label - centre;
      squares[block]! += (label - centre) ** 2;
    });
    return (times) => {
      let [count, mine, others, sum, square] = [0, 0, 0, 0, 0];
      for (let block = 0; block < blocks; block++) {
        const drawn = times[block]!;
        count += drawn * rows[block]!;
        mine += drawn * ours[block]!;
        others += drawn * theirs[block]!;
        sum += drawn * total[block]!;
        square += drawn * squares[block]!;
      }
      if (count === 0) return null;
      return differenceOf({ rows: count, challenger: mine, champion: others, variance: square - (sum * sum) / count });
    };
  };
