import { hear, outOfFold, type Member } from './said.ts';
import { chooseWeights } from './weights.ts';
import { createPulse } from '../pulse.ts';
import { probeRows, splitReader } from '../reading.ts';
import { type Train } from '../train.ts';
import { type ColumnChunk } from '../../../core/data/chunks.ts';
import { type Row } from '../../../core/data/data.ts';
import { canonicalJson } from '../../../core/base/ids.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type Encoding, type EnsembleModel, type MemberModel } from '../../../core/model/artifact.ts';
import { compileScorer, parseTrainedModel } from '../../../core/model/scorer.ts';
import { sigmoid } from '../../../core/model/sigmoid.ts';
import { logOdds, logShare } from '../../../core/model/trees.ts';
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
  const measured = folds && {
    folds: folds.count,
    outOfFold: await outOfFold(said, foldOf, folds, job.seed, beat),
  };
  const probe = await probeRows(splitReader(analytics, job.trainingSet, columns), columns);
  const model = ensembleOf(
    members.map((member, i) => ({ ...member, weight: weights[i]! })),
    probe,
    (Date.now() - began) / 1000,
  );
  return measured ? { ...model, trainedWith: { ...model.trainedWith, ...measured } } : model;
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

/** An average of models; those without a weight are left out. */
export function ensembleOf(
  all: readonly (Member & { weight: number })[],
  rows: EnsembleModel['probe']['rows'],
  seconds: number,
): EnsembleModel {
  const members = all.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight);
  const first = members[0]!.model;
  const { target, classes } = first;
  if (members.some(({ model }) => canonicalJson(model.target ?? null) !== canonicalJson(target ?? null)))
    throw new Error('The members estimate labels of different means');
  const encodings: Encoding[] = [];
  const places = new Map<string, number>();
  const placeOf = (encoding: Encoding): number => {
    const key = canonicalJson(encoding);
    if (!places.has(key)) places.set(key, encodings.push(encoding) - 1);
    return places.get(key)!;
  };
  const of = target ? 'outputs' : 'shares';
  const logits = rows.flatMap((row): number[] => {
    if (classes) return logitsOf(members, row);
    if (members.length === 1) return [members[0]!.scorer.logit(row)];
    const mean = members.reduce((sum, { scorer, weight }) => {
      const output = scorer.logit(row);
      return sum + weight * (target ? output : sigmoid(output));
    }, 0);
    return [target ? mean : logOdds(mean)];
  });
  return {
    kind: 'ensemble',
    of,
    members: members.map(({ candidate, weight, model }) => {
      return { candidate, weight, reads: model.encodings.map(placeOf), model: partsOf(model) };
    }),
    encodings,
    ...(target && { target }),
    ...(classes && { classes }),
    probe: { rows, logits },
    trainedWith: { backend: 'none', epochs: 0, models: members.length, rows: first.trainedWith.rows, seconds },
  };
}

function partsOf(model: MemberModel): EnsembleModel['members'][number]['model'] {
  const { encodings: _own, probe: _probe, trainedWith: _with, target: _target, classes: _classes, ...rest } = model;
  const { foldScores: _scores, ...parts } = rest;
  return parts;
}

/** Of each class. */
function logitsOf(members: readonly (Member & { weight: number })[], row: Row): number[] {
  if (members.length === 1) return [...members[0]!.scorer.logitChunk(chunkOf(row))];
  const mean = members
    .map(({ scorer, weight }) => scorer.classes!.probabilities(row).map((share) => weight * share))
    .reduce((sum, next) => sum.map((share, place) => share + next[place]!));
  return [...mean].map(logShare);
}

const chunkOf = (row: Row): ColumnChunk => ({
  rows: 1,
  columns: Object.fromEntries(Object.entries(row).map(([column, value]) => [column, [value]])),
});
