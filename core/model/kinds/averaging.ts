import { canonicalJson } from '../../base/ids.ts';
import type { ColumnChunk } from '../../data/chunks.ts';
import type { Row } from '../../data/data.ts';
import type { Encoding, EnsembleModel, MemberModel } from '../artifact.ts';
import type { Scorer } from '../scorer.ts';
import { sigmoid } from '../numbers/sigmoid.ts';
import { logOdds, logShare } from './trees.ts';

export interface Member {
  candidate: string;
  model: MemberModel;
  scorer: Scorer;
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
