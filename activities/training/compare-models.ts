import type { MetricName } from '../../core/metrics/index.ts';
import { differenceByBootstrap } from '../../core/metrics/bootstrap.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Instant } from '../../core/time/time.ts';
import { type Evaluation } from '../../core/training/training.ts';
import { type ScoredSplit } from './scoring.ts';

/** Challenger (and champion, if there is one) on the same rows: all of the holdout, and those after the drift. */
export function compareOnHoldout(
  holdout: ScoredSplit,
  kind: Pipeline['label']['kind'],
  metric: MetricName,
  driftSince: Instant | null,
  seed: number,
): Evaluation {
  const compare = ({ labels, blocks, scores: [challenger, champion] }: ScoredSplit) => ({
    challenger: metricsOf(kind, challenger!, labels),
    champion: champion ? metricsOf(kind, champion, labels) : null,
    difference: champion
      ? differenceByBootstrap({ metric, labels, challenger: challenger!, champion, blocks, seed })
      : null,
  });
  if (driftSince === null) return { ...compare(holdout), ...shiftOf(holdout), afterDrift: null };
  const since = Date.parse(driftSince);
  const after = (numbers: Float64Array): Float64Array => numbers.filter((_, i) => holdout.times[i]! >= since);
  const { labels, times, blocks, scores } = holdout;
  const later = { labels: after(labels), times: after(times), blocks: after(blocks), scores: scores.map(after) };
  const recent = later.labels.length > 0 ? later : holdout;
  return { ...compare(holdout), ...shiftOf(recent), afterDrift: { since: driftSince, ...compare(later) } };
}

/** So much the live scores of both may differ, too. */
function shiftOf({ scores: [challenger, champion] }: Pick<ScoredSplit, 'scores'>): Pick<Evaluation, 'scoreShift'> {
  if (!challenger || !champion || champion.length === 0) return {};
  const mean = (numbers: Float64Array): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const middle = mean(champion);
  const deviation = Math.sqrt(mean(champion.map((score) => (score - middle) ** 2)));
  return deviation > 0 ? { scoreShift: (mean(challenger) - middle) / deviation } : {};
}
