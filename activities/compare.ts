import { differenceByBootstrap } from '../core/metrics/bootstrap.ts';
import { metricsOf } from '../core/metrics/metrics.ts';
import { type MetricName, type Pipeline } from '../core/pipeline.ts';
import { type Instant } from '../core/time.ts';
import { type Evaluation } from '../core/training.ts';
import { type ScoredSplit } from './scoring.ts';

/** Challenger (and champion, if there is one) on the same rows: all of the holdout, and those after the drift. */
export function compareOnHoldout(
  holdout: ScoredSplit,
  kind: Pipeline['label']['kind'],
  metric: MetricName,
  driftSince: Instant | null,
  seed: number,
): Evaluation {
  const compare = (indices: number[] | null) => {
    const pick = <T>(values: T[]): T[] => (indices ? indices.map((i) => values[i]!) : values);
    const labels = pick(holdout.labels);
    const [challenger, champion] = holdout.scores.map(pick) as [number[], number[] | undefined];
    return {
      challenger: metricsOf(kind, challenger, labels),
      champion: champion ? metricsOf(kind, champion, labels) : null,
      difference: champion
        ? differenceByBootstrap({ metric, labels, challenger, champion, blocks: pick(holdout.blocks), seed })
        : null,
    };
  };
  if (driftSince === null) return { ...compare(null), afterDrift: null };
  const since = Date.parse(driftSince);
  const after = holdout.times.flatMap((time, i) => (time >= since ? [i] : []));
  return { ...compare(null), afterDrift: { since: driftSince, ...compare(after) } };
}
