import { withAllRows } from './all-rows.ts';
import { trainConstant } from './constant.ts';
import { trainEnsemble } from './ensemble/train-ensemble.ts';
import { trainInFolds } from './folds/train-in-folds.ts';
import { withFewerNegatives } from './fewer-negatives.ts';
import { withFewerRows } from './fewer-rows.ts';
import { trainLastValue } from './last-value.ts';
import { trainLinear } from './linear/train-linear.ts';
import { trainOwn } from './own/train-own.ts';
import { trainNetwork } from './network/train-network.ts';
import { type TrainingEvents } from './pulse.ts';
import { withRecentRows } from './recent-rows.ts';
import { trainTrees } from './trees/train-trees.ts';
import { type Tensors } from '../../adapters/training/tensors.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type TrainedModel } from '../../core/model/artifact.ts';
import { asOfAllNegatives } from '../../core/model/calibration/odds.ts';
import { planOf } from '../../core/recipes/index.ts';
import { type Plan } from '../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';

/** What every training has at hand. */
export interface Surroundings {
  analytics: Analytics;
  /** TF.js, loaded when it is first asked for. */
  tensors: () => Promise<Tensors>;
  /** A backend of TF.js was asked for by name (PERENNIAL_BACKEND). */
  insistsOnTensorflow?: boolean;
  /** Folders with files of pipelines' own recipes. */
  recipeRoots?: readonly string[];
  events: TrainingEvents;
  /** What the training and all it loads may take together. */
  memoryLimitMb: number;
  /** Boosted trees hand over what makes the model of their first rounds, from 1 to all that were grown. */
  keep?: (modelAfter: ModelAfter) => void;
  /** How many threads it may fill, its own among them; 1 unless told. They change no bit of the model. */
  threads?: number;
}

export type ModelAfter = (rounds: number) => Promise<TrainedModel>;

/** Trains by one kind of plan: a file or folder beside this one, and a line below. */
export type Train<Kind extends Plan> = (
  job: TrainingJob,
  plan: Kind,
  surroundings: Surroundings,
) => Promise<TrainedModel>;

const trainers: { [Kind in Plan['kind']]: Train<Extract<Plan, { kind: Kind }>> } = {
  network: trainNetwork,
  own: trainOwn,
  linear: trainLinear,
  constant: trainConstant,
  lastValue: trainLastValue,
  trees: trainTrees,
  ensemble: trainEnsemble,
};

/** Trains a candidate from its Parquet file. Equal jobs on one backend, with equal memory limits, give equal models, also when resumed. */
export function train(job: TrainingJob, surroundings: Surroundings): Promise<TrainedModel> {
  const plan = planOf(job.candidate);
  const once = trainers[plan.kind] as Train<Plan>;
  const { analytics } = surroundings;
  const around = {
    ...surroundings,
    analytics: withRecentRows(job.refit ? withAllRows(analytics) : withFewerRows(analytics, job.rows), job.recency),
  };
  const { folds, refit } = job;
  const negatives = refit ? refit.negatives : folds?.negatives;
  const trainOnce = async (each: TrainingJob, at: Surroundings): Promise<TrainedModel> => {
    // An average learns nothing itself: it weighs by what its members said of folds.
    if (negatives === undefined || plan.kind === 'ensemble') return once(each, plan, at);
    const fewer = { ...at, analytics: withFewerNegatives(at.analytics, job.seed, negatives) };
    const { keep } = at;
    if (keep)
      fewer.keep = (modelAfter) => keep(async (rounds) => asOfAllNegatives(await modelAfter(rounds), negatives));
    return asOfAllNegatives(await once(each, plan, fewer), negatives);
  };
  if (!folds || refit || plan.kind === 'ensemble') return trainOnce(job, around);
  return trainInFolds({ ...job, folds }, plan, around, trainOnce);
}
