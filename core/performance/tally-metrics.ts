import type { LabelKind } from '../data/labels/label-kinds.ts';
import { countsByClass, f1Of } from '../metrics/confusion.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ScoreBins, Tally } from './tally.ts';

/** The metrics of a label's kind. Those of ranks take scores of one bin for alike; all others are exact. */
export const metricsOfTally = (kind: LabelKind, tally: Tally): Metrics => ({ rows: tally.rows, ...of[kind](tally) });

const of: Record<LabelKind, (tally: Tally) => Omit<Metrics, 'rows'>> = {
  binary({ rows, loss, squares, bins = {} }) {
    const ranked = binsInOrder(bins);
    return {
      positives: ranked.reduce((sum, [, positives]) => sum + positives, 0),
      averagePrecision: averagePrecisionOf(ranked),
      rocAuc: rocAucOf(ranked),
      logLoss: rows === 0 ? null : loss[0] / rows,
      brier: rows === 0 ? null : squares[0] / rows,
    };
  },

  class({ rows, loss, confusion = [], binsOf = [] }) {
    const classes = countsByClass(confusion);
    const f1 = classes.flatMap((counts) => f1Of(counts) ?? []);
    const areas = binsOf.flatMap((bins) => rocAucOf(binsInOrder(bins)) ?? []);
    return {
      positives: classes.length === 0 ? 0 : Math.min(...classes.map((counts) => counts.rows)),
      confusion,
      logLoss: rows === 0 ? null : loss[0] / rows,
      accuracy: rows === 0 ? null : classes.reduce((sum, { right }) => sum + right, 0) / rows,
      macroF1: meanOf(f1),
      macroRocAuc: meanOf(areas),
    };
  },

  number({ rows, loss, squares, labels: [sum, ofSquares] = [0, 0] }) {
    const variance = rows === 0 ? 0 : Math.max(0, ofSquares - sum ** 2 / rows);
    return {
      positives: 0,
      rmse: rows === 0 ? null : Math.sqrt(squares[0] / rows),
      mae: rows === 0 ? null : loss[0] / rows,
      r2: variance <= rows * Number.EPSILON * ofSquares ? null : 1 - squares[0] / variance,
    };
  },
};

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

export type RankedBin = readonly [negatives: number, positives: number];

/** From the highest scores down. */
const binsInOrder = (bins: ScoreBins): RankedBin[] =>
  Object.entries(bins)
    .sort(([a], [b]) => Number(b) - Number(a))
    .map(([, [negatives, positives]]) => [negatives, positives]);

/** From the highest scores down; null without both labels. */
export function rocAucOf(bins: readonly RankedBin[]): number | null {
  let [above, negatives, pairs] = [0, 0, 0];
  for (const [no, yes] of bins) {
    pairs += no * (above + yes / 2);
    above += yes;
    negatives += no;
  }
  return above > 0 && negatives > 0 ? pairs / (above * negatives) : null;
}

const MOST_STEPS = 32;

/** From the highest scores down, the positives of a bin evenly among its rows; null without positives. */
export function averagePrecisionOf(bins: readonly RankedBin[]): number | null {
  let [rows, positives, sum] = [0, 0, 0];
  for (const [no, yes] of bins) {
    const steps = Math.min(MOST_STEPS, Math.ceil(yes));
    for (let step = 0; step < steps; step++) {
      // The middle of the step's positives: of whole ones, each itself.
      const at = ((step + 0.5) * yes) / steps + 0.5;
      sum += ((yes / steps) * (positives + at)) / (rows + at + (no * at) / (yes + 1));
    }
    rows += no + yes;
    positives += yes;
  }
  return positives > 0 ? sum / positives : null;
}
