import { hear, outOfFold } from './said.ts';
import { chooseWeights } from './weights.ts';
import { createPulse } from '../pulse.ts';
import { probeRows, splitReader } from '../reading.ts';
import { type Train } from '../train.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { ensembleOf, type Member } from '../../../core/model/kinds/averaging.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { compileScorer, parseTrainedModel } from '../../../core/model/scorer.ts';
import { encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { type EnsemblePlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { readFile } from 'node:fs/promises';

/** Weighs models that are trained already by what they say of rows that none of them has learnt from. */
export const trainEnsemble: Train<EnsemblePlan> = async (job, _plan, { analytics, events }) => {
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const { beat } = createPulse({ unit: 'epoch', of: 0, backend: 'none' }, events);
  await beat();
  const { members, said, foldOf } = await hear(job, await membersOf(job), analytics, beat);
  const weights = await chooseWeights(said, job.seed, beat);
  const folds = foldOf && job.folds!;
  const scores = folds && (await outOfFold(said, foldOf, folds, job.seed, beat));
  const probe = await probeRows(splitReader(analytics, job.trainingSet, columns), columns);
  const model = ensembleOf(
    members.map((member, i) => ({ ...member, weight: weights[i]! })),
    probe,
    (Date.now() - began) / 1000,
  );
  if (!folds || !scores) return model;
  const measured = { folds: folds.count, outOfFold: metricsOf(said.kind, scores, said.labels) };
  return {
    ...model,
    trainedWith: { ...model.trainedWith, ...measured },
    foldScores: encodeNumbers(Float32Array.from(scores)),
  };
};

async function membersOf({ members = [], candidate }: TrainingJob): Promise<Member[]> {
  const read: Member[] = [];
  for (const { candidate, file } of members) {
    const model = parseTrainedModel(await readFile(file, 'utf8'));
    if (model.kind === 'ensemble') continue;
    read.push({ candidate, model, scorer: compileScorer(model) });
  }
  if (read.length > 0) return read;
  throw new UserError(
    'RUN_FAILED',
    `None of the candidates that "${candidate.name}" averages was trained. The other candidates say why.`,
  );
}
