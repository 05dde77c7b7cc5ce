import { chooseWeights, type Said } from './weights.ts';
import { assignFolds } from '../folds/assign.ts';
import { labelsOf, splitReader } from '../reading.ts';
import { type Analytics } from '../../../core/data/analytics.ts';
import { widthOf } from '../../../core/metrics/scored.ts';
import { type Member } from '../../../core/model/kinds/averaging.ts';
import { decodeNumbers } from '../../../core/model/numbers/weights.ts';
import { type Folds } from '../../../core/training/splits/folds.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** Members with what they say of rows that none of them has learnt from. */
export interface Heard {
  members: Member[];
  said: Said;
  /** Of each row, where what is said is out of fold: of the train and then the selection split. */
  foldOf: Uint8Array | null;
}

/**
 * In folds, what each member's models of the other folds said of the train and selection splits; otherwise what members
 * say of the selection split. A member without folds among others has learnt from other rows, and is left out.
 */
export async function hear(
  job: TrainingJob,
  members: Member[],
  analytics: Analytics,
  beat: () => Promise<void>,
): Promise<Heard> {
  const inFolds = members.filter(({ model }) => model.foldScores !== undefined);
  const foldOf = job.folds && inFolds.length > 0 ? await assignFolds(job, job.folds, analytics) : null;
  if (!foldOf) return { members, said: await ofSelection(job, members, analytics, beat), foldOf: null };
  const labels: number[] = [];
  for (const split of ['train', 'selection'] as const)
    for await (const chunk of splitReader(analytics, job.trainingSet, []).chunks(split)) {
      for (const label of labelsOf(chunk)) labels.push(Number(label));
      await beat();
    }
  const scores = inFolds.map(({ model }) =>
    Float64Array.from(
      decodeNumbers('Float32Array', model.foldScores!, labels.length * (job.classes?.length ?? 1), 'scores'),
    ),
  );
  const said = { members: scores, labels: Float64Array.from(labels), kind: job.labelKind, metric: job.metric };
  return { members: inFolds, said, foldOf };
}

async function ofSelection(
  { trainingSet, columns, labelKind, metric }: TrainingJob,
  members: Member[],
  analytics: Analytics,
  beat: () => Promise<void>,
): Promise<Said> {
  const outputs: Float64Array[][] = members.map(() => []);
  const labels: number[] = [];
  for await (const chunk of splitReader(analytics, trainingSet, Object.keys(columns)).chunks('selection')) {
    for (const label of labelsOf(chunk)) labels.push(Number(label));
    for (const [i, { scorer }] of members.entries()) {
      outputs[i]!.push(scorer.scoreChunk(chunk));
      await beat();
    }
  }
  return {
    members: outputs.map(joined),
    labels: Float64Array.from(labels),
    kind: labelKind,
    metric,
  };
}

/** What each fold's rows get from an average that was weighed on the others, one after the other. */
export async function outOfFold(
  { members, labels, kind, metric }: Said,
  foldOf: Uint8Array,
  { count }: Folds,
  seed: number,
  beat: () => Promise<void>,
): Promise<Float64Array> {
  const width = widthOf(members[0]!, labels);
  const scores = new Float64Array(labels.length * width);
  for (let fold = 0; fold < count; fold++) {
    const others = (numbers: Float64Array, each = 1): Float64Array =>
      numbers.filter((_, i) => foldOf[Math.floor(i / each)] !== fold);
    const weights = await chooseWeights(
      { members: members.map((said) => others(said, width)), labels: others(labels), kind, metric },
      seed,
      beat,
    );
    for (const [member, weight] of weights.entries())
      if (weight > 0)
        for (const [i, score] of members[member]!.entries())
          if (foldOf[Math.floor(i / width)] === fold) scores[i]! += weight * score;
  }
  return scores;
}

function joined(chunks: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
