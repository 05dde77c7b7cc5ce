import { isotonicKnots } from '../../core/model/calibration/isotonic.ts';
import { temperatureSlope } from '../../core/model/calibration/temperature.ts';
import { platt } from '../../core/model/calibration/platt.ts';
import { bestThreshold, thresholdFor, type ThresholdAim } from '../../core/model/calibration/threshold.ts';
import { type Calibration, type ModelArtifact } from '../../core/model/artifact.ts';
import { DAY } from '../../core/time/time.ts';
import { calibratorOf, sigmoid } from '../../core/model/scorer.ts';
import { type ScoredSplit } from './scoring.ts';

/** An estimate of a number is already in its own unit, and needs no threshold. */
export const asItIs = { calibration: { slope: 1, intercept: 0 }, threshold: null };

/** Classes need no threshold: the answer follows from their probabilities. */
export const scaleClasses = ({ scores, labels }: Pick<ScoredSplit, 'scores' | 'labels'>) => ({
  calibration: { slope: temperatureSlope(scores[0]!, labels), intercept: 0 },
  threshold: null,
});

/** With fewer of either class, isotonic regression follows their chance. */
const FEWEST = 1_000;
const FOLDS = 5;

/**
 * Platt scaling, or where rows are many isotonic regression if it predicts rows better that it was not fitted on.
 * Neither inverts a ranking: if few positives make the fitted slope negative, the model's own probabilities stand, which
 * training by log loss has made nearly calibrated.
 */
export function calibrate(
  { scores, labels, times }: Pick<ScoredSplit, 'scores' | 'labels' | 'times'>,
  aim?: ThresholdAim,
): Pick<ModelArtifact, 'calibration' | 'threshold'> {
  const calibration = calibrationOf(scores[0]!, labels);
  const calibratedLogit = calibratorOf(calibration);
  const calibrated = scores[0]!.map((logit) => sigmoid(calibratedLogit(logit)));
  if (!aim) return { calibration, threshold: bestThreshold(calibrated, labels) };
  const { first, last } = times.reduce(
    ({ first, last }, time) => ({ first: Math.min(first, time), last: Math.max(last, time) }),
    { first: Infinity, last: -Infinity },
  );
  const days = last > first ? (last - first) / DAY : 1;
  return { calibration, threshold: thresholdFor(aim, { scores: calibrated, labels, days }) };
}

function calibrationOf(logits: Float64Array, labels: Float64Array): Calibration {
  const scaled = scalingOf(logits, labels);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (Math.min(positives, labels.length - positives) < FEWEST) return scaled;
  const bent = bentOf(logits, labels);
  return bent && lossOf(bentOf, logits, labels) < lossOf(scalingOf, logits, labels) ? bent : scaled;
}

function scalingOf(logits: Float64Array, labels: Float64Array): Calibration {
  const fitted = platt(logits, labels);
  return fitted.slope > 0 ? fitted : asItIs.calibration;
}

function bentOf(logits: Float64Array, labels: Float64Array): Calibration | null {
  const knots = isotonicKnots(logits, labels);
  return knots && { ...scalingOf(logits, labels), knots };
}

/** The log loss on rows that the calibration was not fitted on. */
function lossOf(
  fit: (logits: Float64Array, labels: Float64Array) => Calibration | null,
  logits: Float64Array,
  labels: Float64Array,
): number {
  let loss = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = (numbers: Float64Array): Float64Array => numbers.filter((_, row) => row % FOLDS !== fold);
    const fitted = fit(others(logits), others(labels));
    if (!fitted) return Infinity;
    const calibratedLogit = calibratorOf(fitted);
    for (let row = fold; row < labels.length; row += FOLDS) {
      const logit = calibratedLogit(logits[row]!);
      // -log of the probability given to the label, without overflow
      const wrong = labels[row] === 1 ? -logit : logit;
      loss += Math.max(0, wrong) + Math.log1p(Math.exp(-Math.abs(wrong)));
    }
  }
  return loss;
}
