import { rank } from '../../metrics/ranking.ts';
import { checkScored } from '../../metrics/scored.ts';

/** Neighbouring rows that isotonic regression gives the same share of positives. */
export interface IsotonicBlock {
  rows: number;
  positives: number;
  /** The mean of their scores. */
  centre: number;
}

/**
 * Isotonic regression: the shares of positives, rising with the score, that fit the labels best (pool adjacent
 * violators). From the lowest score to the highest.
 * https://scikit-learn.org/stable/modules/isotonic.html
 * Scores 1, 2, 3, 4 of labels 0, 1, 0, 1 // => shares 0, 0.5, 0.5, 1
 */
export function isotonicBlocks(scores: ArrayLike<number>, labels: ArrayLike<number>): IsotonicBlock[] {
  checkScored.binary(scores, labels);
  const { order, ends } = rank(scores);
  const blocks: IsotonicBlock[] = [];
  // From the highest score down, so shares must fall. Rows of one score are one block.
  let own: IsotonicBlock = { rows: 0, positives: 0, centre: 0 };
  for (let i = 0; i < order.length; i++) {
    own = joined(own, { rows: 1, positives: labels[order[i]!]!, centre: scores[order[i]!]! });
    if (ends[i] === 0) continue;
    while (blocks.length > 0 && shareOf(blocks.at(-1)!) <= shareOf(own)) own = joined(blocks.pop()!, own);
    blocks.push(own);
    own = { rows: 0, positives: 0, centre: 0 };
  }
  return blocks.toReversed();
}

const shareOf = ({ rows, positives }: IsotonicBlock): number => positives / rows;

function joined(a: IsotonicBlock, b: IsotonicBlock): IsotonicBlock {
  const rows = a.rows + b.rows;
  return { rows, positives: a.positives + b.positives, centre: a.centre + ((b.centre - a.centre) * b.rows) / rows };
}

/** Where logits lead: straight lines between the knots. */
export interface Knots {
  /** Rising, as `to`. */
  from: number[];
  to: number[];
}

/** So many knots at most, evenly apart or further: lines between nearer ones would be steep by chance. */
const MOST_KNOTS = 64;

/**
 * Calibrated logits by isotonic regression; null where there is nothing to draw a line through. A block's share holds at
 * its centre and lines lead from centre to centre, so no two scores become one and the ranking stays as it is.
 * Oron and Flournoy, "Centered isotonic regression", 2017: https://doi.org/10.1080/19466315.2017.1286256
 */
export function isotonicKnots(logits: ArrayLike<number>, labels: ArrayLike<number>): Knots | null {
  const blocks = isotonicBlocks(logits, labels);
  // A share of none or all is not certain, and has no logit.
  while (blocks.length > 1 && shareOf(blocks[0]!) === 0) blocks.splice(0, 2, joined(blocks[0]!, blocks[1]!));
  while (blocks.length > 1 && shareOf(blocks.at(-1)!) === 1)
    blocks.splice(-2, 2, joined(blocks.at(-2)!, blocks.at(-1)!));
  if (blocks.length < 2) return null;
  const apart = (blocks.at(-1)!.centre - blocks[0]!.centre) / MOST_KNOTS;
  const kept: IsotonicBlock[] = [];
  for (let block of blocks) {
    while (kept.length > 0 && block.centre - kept.at(-1)!.centre < apart) block = joined(kept.pop()!, block);
    kept.push(block);
  }
  if (kept.length < 2) return null;
  return { from: kept.map(({ centre }) => centre), to: kept.map((block) => logitOf(shareOf(block))) };
}

const logitOf = (share: number): number => Math.log(share / (1 - share));

/** Compiles knots: a logit between two of them lies on their line, one beyond the last on a line of this slope. */
export function bendOf({ from, to }: Knots, slope: number): (logit: number) => number {
  const [xs, ys] = [Float64Array.from(from), Float64Array.from(to)];
  const last = xs.length - 1;
  return (logit) => {
    if (logit <= xs[0]!) return ys[0]! + slope * (logit - xs[0]!);
    if (logit >= xs[last]!) return ys[last]! + slope * (logit - xs[last]!);
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle]! <= logit) low = middle;
      else high = middle;
    }
    return ys[low]! + ((ys[high]! - ys[low]!) * (logit - xs[low]!)) / (xs[high]! - xs[low]!);
  };
}
