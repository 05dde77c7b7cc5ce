import type { Refit } from '../../training/refit.ts';
import type { ModelVersion } from '../../training/training.ts';

type Trained = { refit?: Refit };

/**
 * How far a challenger's scores lie from the champion's, in standard deviations: as the gate saw, and as far as each
 * moved when it was trained again, since the gate compares models that do not know the holdout.
 */
export const expectedShiftOf = (
  { evaluation, refit }: { evaluation: Pick<ModelVersion['evaluation'], 'scoreShift'> } & Trained,
  champion: Trained,
): number =>
  evaluation.scoreShift === undefined ? 0 : evaluation.scoreShift + movedBy(refit) - movedBy(champion.refit);

const movedBy = (refit: Refit | undefined): number => (refit?.outcome === 'refitted' ? refit.agreement.shift : 0);
