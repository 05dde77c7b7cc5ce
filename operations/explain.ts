import { nothingSent, untoldInWords, type AlertsTold } from '../core/alerts/sent.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Approvals } from '../core/rollout/approvals.ts';
import type { RolloutProgress } from '../core/rollout/progress.ts';
import type { Rollouts } from '../core/rollout/rollouts.ts';
import { planOf } from '../core/rollout/steps/declared-steps.ts';
import type { Trials } from '../core/search/trials.ts';
import type { CycleHead, Stories, Story, StoryFacts } from '../core/story/story.ts';
import { tellStory, tellWaiting } from '../core/story/tell.ts';
import type { TrainingRuns } from '../core/training/versions/training-runs.ts';
import { shownBy } from '../core/declaration/redaction/redaction.ts';
import { readable } from './declarations.ts';
import { reads } from './door.ts';
import { recipientsOf, type RecipientPorts } from './recipients.ts';
import { withGateShown, withOutcomeShown } from '../core/declaration/redaction/said-by-gates.ts';

export interface ExplainPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration' | 'declared'>;
  reaches: RecipientPorts['reaches'];
  stories: Stories;
  alertsTold: Pick<AlertsTold, 'sentOf'>;
  trainingRuns: Pick<TrainingRuns, 'get'>;
  trials: Pick<Trials, 'of'>;
  rollouts: Pick<Rollouts, 'ofCycle'>;
  progress: Pick<RolloutProgress, 'looks'>;
  approvals: Pick<Approvals, 'said'>;
}

/** Tells what led to a training and what came of it. Everything is read from Postgres. */
export const createExplain = ({
  pipelines,
  stories,
  alertsTold,
  reaches,
  trainingRuns,
  trials,
  rollouts,
  progress,
  approvals,
}: ExplainPorts) => {
  /** A cycle that failed early, or is about to begin, has none. */
  async function runOf({ id }: CycleHead) {
    try {
      return await trainingRuns.get(id);
    } catch (error) {
      if (error instanceof UserError && error.code === 'TRAINING_RUN_UNKNOWN') return null;
      throw error;
    }
  }

  async function rolloutOf({ id }: CycleHead): Promise<StoryFacts['rollout']> {
    const rollout = await rollouts.ofCycle(id);
    if (!rollout) return null;
    const [declaration, looks, decision] = await Promise.all([
      readable(pipelines, { name: rollout.pipeline, revision: rollout.revision }),
      progress.looks(id),
      approvals.said(id),
    ]);
    // A pipeline's first version gets all traffic at once.
    const steps =
      looks.length === 0 && rollout.outcome?.result === 'promoted' ? [] : declaration && planOf(declaration).steps;
    return { ...rollout, steps, looks, decision };
  }

  return {
    /** One cycle, or the newest of a pipeline; requests that wait for the next are in the story of the newest. */
    cycle: reads(async (pipeline: string, id?: string): Promise<Story> => {
      const today = await readable(pipelines, await pipelines.applied(pipeline));
      const cycle = await stories.cycle(pipeline, id);
      if (!cycle)
        return {
          pipeline,
          cycle,
          askedBy: null,
          drift: null,
          moments: [],
          waiting: tellWaiting(await stories.waiting(pipeline)),
        };
      const [happened, run, tried, rollout, waiting] = await Promise.all([
        stories.happened(cycle),
        runOf(cycle),
        trials.of(cycle.id),
        rolloutOf(cycle),
        id === undefined ? stories.waiting(pipeline) : null,
      ]);
      const sent = await alertsTold.sentOf(happened.told.map(({ telling }) => telling));
      const recipients = (await recipientsOf({ pipelines, reaches }, [pipeline])).get(pipeline)?.length ?? null;
      const told = happened.told.map((one) => ({
        ...one,
        untold: untoldInWords(sent.get(one.telling) ?? nothingSent, recipients),
      }));
      const winner = run?.winner;
      const shown = <Ended extends NonNullable<StoryFacts['rollout']> | CycleHead>(ended: Ended): Ended =>
        withOutcomeShown(ended, winner, today);
      const story = tellStory({
        ...happened,
        told,
        cycle: shown(cycle),
        run: run && winner ? { ...run, winner: shownBy(today).version(winner) } : run,
        trials: tried,
        rollout: rollout && shown(withGateShown(rollout, winner, today)),
      });
      if (!waiting || waiting.asked.total === 0) return story;
      return { ...story, waiting: tellWaiting({ ...waiting, changes: { drift: [], decay: [] } }) };
    }),
  };
};
