import { rank } from '../../metrics/ranking.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import { bendOf } from './isotonic.ts';

/** How far from their estimates labels are to be expected. */
export interface EstimateInterval {
  /** The share of labels that the intervals of their estimates hold. */
  coverage: number;
  /** How many rows it was measured on. */
  rows: number;
  /** How far labels are from estimates of this size, on average: lines between these, and level beyond them. */
  at: number[];
  spread: number[];
  /** How many spreads the interval reaches to either side. */
  below: number;
  above: number;
}

/** What an estimate's label lies between. */
export interface Span {
  low: number;
  high: number;
}

export const USUAL_COVERAGE = 0.9;

/** The declared coverage; null: answers have no intervals. */
export const coverageOf = ({ kind, interval = USUAL_COVERAGE }: Pick<Pipeline['label'], 'kind' | 'interval'>) =>
  kind === 'number' && interval !== 'none' ? interval : null;

const FOLDS = 5;
/** Of one spread: so many rows at least, and no finer than this. */
const FEWEST = 100;
const MOST_SPREADS = 20;
/** Spreads are at least this part of the mean one: a few exact estimates do not promise that others are. */
const LEAST = 1e-3;

/**
 * Split conformal prediction, by the spread of labels around estimates of the same size and with a quantile for each
 * side, so intervals are wide where the model errs widely and lopsided where labels are. Of rows that the model has not
 * learnt from; null where they are too few for this coverage. Each row is judged by the spread of other folds:
 * by its own it would seem nearer than a new one.
 * Lei et al., "Distribution-free predictive inference for regression", JASA 113, 2018, section 5.2; Romano, Patterson
 * and Candes, "Conformalized quantile regression", 2019, for the two sides.
 */
export function fitInterval(
  estimates: Float64Array,
  labels: Float64Array,
  coverage = USUAL_COVERAGE,
): EstimateInterval | null {
  const rows = labels.length;
  // Of so many and one more, the next label is as likely to have any place.
  const outside = Math.floor(((rows + 1) * (1 - coverage)) / 2 + 1e-9);
  if (outside < 1) return null;
  const { order } = rank(estimates);
  const reach = new Float64Array(rows);
  for (let fold = 0; fold < FOLDS; fold++) {
    const spread = spreadsOf(estimates, labels, order.filter((row) => row % FOLDS !== fold)); // prettier-ignore
    const spreadAt = bendOf({ from: spread.at, to: spread.spread }, 0);
    for (let row = fold; row < rows; row += FOLDS)
      reach[row] = (labels[row]! - estimates[row]!) / spreadAt(estimates[row]!);
  }
  reach.sort();
  return {
    coverage,
    rows,
    ...spreadsOf(estimates, labels, order),
    // An estimate is always within its interval.
    below: Math.max(0, -reach[outside - 1]!),
    above: Math.max(0, reach[rows - outside]!),
  };
}

/** The mean distance by estimates, from the lowest on; `order` is from the highest. */
function spreadsOf(
  estimates: Float64Array,
  labels: Float64Array,
  order: Uint32Array,
): Pick<EstimateInterval, 'at' | 'spread'> {
  const rows = order.length;
  const size = Math.max(FEWEST, Math.ceil(rows / MOST_SPREADS));
  const found: { at: number; spread: number }[] = [];
  let [count, sum, distances, all] = [0, 0, 0, 0];
  for (let place = rows - 1; place >= 0; place--) {
    const row = order[place]!;
    const distance = Math.abs(labels[row]! - estimates[row]!);
    count++;
    sum += estimates[row]!;
    distances += distance;
    all += distance;
    const endsHere = place === 0 || estimates[order[place - 1]!] !== estimates[row];
    if (!endsHere || (place > 0 && (count < size || place < size))) continue;
    const at = sum / count;
    if (found.length === 0 || at > found.at(-1)!.at) found.push({ at, spread: distances / count });
    [count, sum, distances] = [0, 0, 0];
  }
  const least = (all / rows) * LEAST || 1;
  return { at: found.map(({ at }) => at), spread: found.map(({ spread }) => Math.max(least, spread)) };
}

/** From an estimate to its interval. */
export function intervalOf({ at, spread, below, above }: EstimateInterval): (estimate: number) => Span {
  const spreadAt = bendOf({ from: at, to: spread }, 0);
  return (estimate) => {
    const far = spreadAt(estimate);
    return { low: estimate - below * far, high: estimate + above * far };
  };
}
