import type { Cycle } from '../training/retraining/retraining.ts';
import type { Rollout } from './rollouts.ts';

/** Starts the run of a stored rollout unless it is running; a terminated one resumes from what is stored. */
export interface RolloutRuns {
  /** `cycle`: the one that the rollout belongs to, as it is now. Returns the run's id; throws TEMPORAL_UNREACHABLE. */
  start(
    rollout: Pick<Rollout, 'id' | 'pipeline' | 'version'>,
    cycle: Pick<Cycle, 'reason' | 'reopened'> | null,
  ): Promise<string>;
}
