import type { Cycle } from '../training/retraining.ts';
import type { Rollout } from './rollouts.ts';

/** Starts the run of a rollout that is stored, unless it goes on; one that was terminated starts again from what stands. */
export interface RolloutRuns {
  /** `cycle`: the one that the rollout belongs to, as it is now. Returns the run's id; throws TEMPORAL_UNREACHABLE. */
  start(
    rollout: Pick<Rollout, 'id' | 'pipeline' | 'version'>,
    cycle: Pick<Cycle, 'reason' | 'reopened'> | null,
  ): Promise<string>;
}
