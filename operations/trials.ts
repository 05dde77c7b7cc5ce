import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { leaderboardOf, type Leaderboard } from '../core/search/board.ts';
import type { Curve } from '../core/search/curve.ts';
import type { RunLine, Trial, TrialFilter, Trials } from '../core/search/trials.ts';
import { reads } from './door.ts';

export interface TrialPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  trials: Pick<Trials, 'of' | 'curves' | 'list' | 'runs'>;
}

/** What training runs tried. All of it is in Postgres, so it is there while a run searches, and with Temporal down. */
export const createTrialOperations = ({ pipelines, trials }: TrialPorts) => ({
  /** The newest first, of one pipeline or of all. */
  list: reads(async (filter: TrialFilter): Promise<Trial[]> => {
    if (filter.pipeline !== undefined) await pipelines.applied(filter.pipeline);
    return trials.list(filter);
  }),

  /** The training runs of a pipeline, newest first. */
  runs: reads(async (pipeline: string, limit: number): Promise<RunLine[]> => {
    await pipelines.applied(pipeline);
    return trials.runs(pipeline, limit);
  }),

  /** Of one training run, by default the newest. */
  leaderboard: reads(async (pipeline: string, run?: string): Promise<Leaderboard> => {
    await pipelines.applied(pipeline);
    const [line] = await trials.runs(pipeline, 1, run);
    if (line) return leaderboardOf(line, await trials.of(line.run));
    throw new UserError(
      'TRAINING_RUN_UNKNOWN',
      run === undefined
        ? `${pipeline} has had no training run yet. Train: perennial run ${pipeline} training`
        : `${pipeline} has no training run ${run}. Runs and what they tried: perennial models trials ${pipeline}`,
    );
  }),

  /** How the loss of each went. */
  curves: reads((run: string, candidates: readonly string[]): Promise<Record<string, Curve>> =>
    trials.curves(run, candidates),
  ),
});
