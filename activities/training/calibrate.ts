import { platt } from '../../core/model/platt.ts';
import { bestThreshold, thresholdFor, type ThresholdAim } from '../../core/model/threshold.ts';
import { type ModelArtifact } from '../../core/model/artifact.ts';
import { DAY } from '../../core/time/time.ts';
import { sigmoid } from '../../core/model/scorer.ts';
import { type ScoredSplit } from './scoring.ts';

/** An estimate of a number is already in its own unit, and needs no threshold. */
export const asItIs = { calibration: { slope: 1, intercept: 0 }, threshold: null };

/**
 * Scaling never inverts a ranking: if few positives make the fitted slope negative, the model's own probabilities
 * stand, which training by log loss has made nearly calibrated.
 */
export function calibrate(
  { scores, labels, times }: Pick<ScoredSplit, 'scores' | 'labels' | 'times'>,
  aim?: ThresholdAim,
): Pick<ModelArtifact, 'calibration' | 'threshold'> {
  const fitted = platt(scores[0]!, labels);
  const calibration = fitted.slope > 0 ? fitted : asItIs.calibration;
  const calibrated = scores[0]!.map((logit) => sigmoid(calibration.slope * logit + calibration.intercept));
  if (!aim) return { calibration, threshold: bestThreshold(calibrated, labels) };
  const { first, last } = times.reduce(
    ({ first, last }, time) => ({ first: Math.min(first, time), last: Math.max(last, time) }),
    { first: Infinity, last: -Infinity },
  );
  const days = last > first ? (last - first) / DAY : 1;
  return { calibration, threshold: thresholdFor(aim, { scores: calibrated, labels, days }) };
}
