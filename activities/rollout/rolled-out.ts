import { type ModelVersions } from '../../core/training/versions/model-versions.ts';
import { type TrainingRuns } from '../../core/training/versions/training-runs.ts';
import { type Rollout, type Rollouts } from '../../core/rollout/rollouts.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';

/** How a step is told its rollout. Trainings of earlier releases roll out by themselves, and pass their run instead. */
export type Named = { rollout: string } | { run: string };
export type RolledOut = { rollout: string } | { run: string; version: number };

/** A training run, its cycle and the rollout of its challenger share their id. */
export const idOf = (of: Named): string => ('rollout' in of ? of.rollout : of.run);

export interface RolloutReaderPorts {
  trainingRuns: Pick<TrainingRuns, 'get'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  rollouts: Pick<Rollouts, 'get' | 'ask'>;
  sharedClock: SharedClock;
}

/** Reads the step's rollout. If a training of an earlier release asks, it is stored first. */
export const createRolloutReader =
  (ports: RolloutReaderPorts) =>
  async (of: RolledOut): Promise<Rollout> =>
    'rollout' in of ? ports.rollouts.get(of.rollout) : storeRollout(ports, { ...of, ownRun: false });

/** Stores the rollout of a training run's challenger, once: for the traffic and the declaration that the run began with. */
export async function storeRollout(
  { trainingRuns, modelVersions, rollouts, sharedClock }: RolloutReaderPorts,
  { run: runId, version, ownRun }: { run: string; version: number; ownRun: boolean },
): Promise<Rollout> {
  const { cycle, pipeline, generation } = await trainingRuns.get(runId);
  const { gate } = await modelVersions.get(pipeline.name, version);
  return rollouts.ask({
    cycle,
    pipeline: pipeline.name,
    revision: pipeline.revision,
    version,
    generation,
    reason: gate.reason,
    askedBy: `training run ${runId}`,
    askedAt: instant((await sharedClock.read()).now()),
    ownRun,
  });
}
