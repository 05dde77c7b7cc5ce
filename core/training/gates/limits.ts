import type { Pipeline } from '../../declaration/pipeline.ts';
import { count, value } from './gate-words.ts';
import type { Evaluation } from '../training.ts';

/** Which limit of the declaration a model exceeds; null: none. */
export function beyondLimits(
  { measured }: Pick<Evaluation, 'measured'>,
  { limits = {} }: Pick<Pipeline['gates'], 'limits'>,
): string | null {
  if (!measured) return null;
  const { microsecondsPerRow, artifactBytes, calibrationError } = limits;
  if (microsecondsPerRow !== undefined && measured.microsecondsPerRow > microsecondsPerRow)
    return `Scoring a row takes ${measured.microsecondsPerRow.toFixed(1)} microseconds, above the limit of ${microsecondsPerRow} (gates.limits.microsecondsPerRow).`;
  if (artifactBytes !== undefined && measured.artifactBytes > artifactBytes)
    return `The artifact has ${count(measured.artifactBytes)} bytes, above the limit of ${count(artifactBytes)} (gates.limits.artifactBytes).`;
  const error = measured.calibrationError ?? null;
  if (calibrationError !== undefined && error !== null && error > calibrationError)
    return `The calibration error is ${value(error)}, above the limit of ${value(calibrationError)} (gates.limits.calibrationError).`;
  return null;
}
