import { calibrationCurve } from './calibration-error.ts';
import { rank } from './ranking.ts';

/** Points as [x, y], within 0 and 1. */
export interface Curves {
  /** The share of negatives called positive, and the share of positives found. */
  roc: [number, number][];
  /** The share of positives found, and the share of the rows called positive that are. */
  precisionRecall: [number, number][];
  /** The mean score of ten groups, and their share of positives; absent in what earlier releases stored. */
  calibration?: [number, number][];
}

const MOST_POINTS = 100;

/**
 * What other thresholds would do, at some hundred of them evenly apart by rows or by positives. Null without positives or
 * negatives.
 */
export function curvesOf(scores: ArrayLike<number>, labels: ArrayLike<number>): Curves | null {
  const { order, ends } = rank(scores);
  const rows = order.length;
  const positives = order.reduce((sum, row) => sum + labels[row]!, 0);
  if (positives === 0 || positives === rows) return null;
  const roc: Curves['roc'] = [[0, 0]];
  const precisionRecall: Curves['precisionRecall'] = [];
  let [found, drawn] = [0, 0];
  for (let i = 0; i < rows; i++) {
    found += labels[order[i]!]!;
    if (ends[i] === 0) continue;
    // Both halves of the rows' way count: rare positives would otherwise be passed in one step.
    const way = (i + 1) / rows / 2 + found / positives / 2;
    if (i + 1 < rows && precisionRecall.length > 0 && way - drawn < 1 / MOST_POINTS) continue;
    drawn = way;
    roc.push([short((i + 1 - found) / (rows - positives)), short(found / positives)]);
    precisionRecall.push([short(found / positives), short(found / (i + 1))]);
  }
  return { roc, precisionRecall, calibration: calibrationCurve(scores, labels) };
}

const short = (share: number): number => Math.round(1e4 * share) / 1e4;
