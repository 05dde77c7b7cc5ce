import { type ComparedVersion } from '../../../core/training/versions/comparison.ts';
import { aModelCard, aModelVersion } from '../../reports/fixtures.ts';

export function aComparedVersion(changes: Partial<ComparedVersion> = {}): ComparedVersion {
  const { version, stage, candidate, asOf, snapshot, splits, evaluation, gate } = aModelVersion();
  return {
    version,
    stage,
    candidate,
    asOf,
    snapshot,
    splits,
    gate,
    metrics: evaluation.challenger,
    declared: { kind: 'mlp', hidden: [64, 32], epochs: 8 },
    columns: ['amount', 'hour'],
    rows: { train: 6_000, selection: 1_500, calibration: 1_000, holdout: 1_500 },
    importance: null,
    trained: aModelCard().candidates[0]!,
    ...changes,
  };
}
