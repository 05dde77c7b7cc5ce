import { compareOnHoldout } from '../../activities/training/compare-models.ts';
import { measureOutOfFold } from '../../activities/training/out-of-fold.ts';
import { scoreSplit } from '../../activities/training/scoring.ts';
import { computations } from '../../activities/steps/computations.ts';
import { createRandom } from '../../core/base/random.ts';
import type { Threads } from '../../core/base/threads.ts';
import { ENTITY, KEY, LABEL, TIME } from '../../core/data/data.ts';
import type { ColumnChunk } from '../../core/data/chunks.ts';
import { LEVEL } from '../../core/metrics/difference.ts';
import { gatesSchema } from '../../core/declaration/gates.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { encodeNumbers } from '../../core/model/numbers/weights.ts';
import { DAY } from '../../core/time/time.ts';
import { judgeChallenger } from '../../core/training/gates/gates.ts';
import { bestCandidate, type Evaluation, type SplitName } from '../../core/training/training.ts';
import { analyticsOf } from '../../test/support/data/training-data.ts';
import { assignFolds } from '../../workers/training/folds/assign.ts';
import { DAY_COLUMNS, drawRows, OWN_COLUMNS, type FirstRows, type FirstWorld } from './first-worlds.ts';
import { daysAlike, line, meanOf, type Learner } from './learners.ts';
import { MockActivityEnvironment } from '@temporalio/testing';

const FOLDS = 5;
const own = Array.from({ length: OWN_COLUMNS }, (_, column) => column);
const ofDay = Array.from({ length: DAY_COLUMNS }, (_, column) => OWN_COLUMNS + column);
/** A run takes the best of these by its folds. */
const learners: Learner[] = [
  line([...own, ...ofDay], 0.01),
  line(own, 0.1),
  line(ofDay, 0.01),
  daysAlike(ofDay, 0.3, 2),
  daysAlike(ofDay, 0.6, 2),
  meanOf,
];
const metrics = { number: 'rmse', binary: 'averagePrecision' } as const;
const SHARES: [SplitName, number, number][] = [
  ['train', 0, 0.6],
  ['selection', 0.6, 0.75],
  ['calibration', 0.75, 0.85],
  ['holdout', 0.85, 1],
];

/** Which shares of first models are promoted: by their holdout alone, and with their folds. */
export interface FirstShares {
  alone: number;
  folds: number;
  /** By folds that need not beat what rows near in time say. */
  unchecked: number;
}

/** Trains so many first runs of a world in folds, and judges each as a training run does. */
export async function firstModels(count: number, world: FirstWorld): Promise<FirstShares> {
  const random = createRandom(`first models ${JSON.stringify(world)}`);
  const promoted = { alone: 0, folds: 0, unchecked: 0 };
  for (let i = 0; i < count; i++) {
    const found = await judgeFirst(world, drawRows(world, random), i);
    for (const by of ['alone', 'folds', 'unchecked'] as const) if (found[by]) promoted[by]++;
  }
  return { alone: promoted.alone / count, folds: promoted.folds / count, unchecked: promoted.unchecked / count };
}

async function judgeFirst({ kind }: FirstWorld, rows: FirstRows, seed: number) {
  const metric = metrics[kind];
  const gates = gatesSchema.parse({ metric, margin: 0, minRows: 1, minPositives: 1 });
  const analytics = analyticsOf(Object.fromEntries(SHARES.map(([name, from, to]) => [name, splitOf(rows, from, to)])));
  const job = { trainingSet: '', columns: {}, labelKind: kind, candidate: { kind: 'baseline', name: 'best' } } as const;
  const dealt = { count: FOLDS, by: 'day', declared: false } as const;
  const folds = await assignFolds({ ...job, seed, resumeFrom: null, folder: '' }, dealt, analytics);
  const labels = rows.labels.subarray(0, folds!.length);
  const all = [...labels.keys()];
  const learn = (learner: Learner, from: number[]) =>
    learner(
      from.map((row) => rows.columns[row]!),
      from.map((row) => labels[row]!),
    );
  const tried = learners.map((learner, place) => {
    const scores = new Float64Array(labels.length);
    for (let fold = 0; fold < FOLDS; fold++) {
      const model = learn(learner, all.filter((row) => folds![row] !== fold)); // prettier-ignore
      for (const row of all) if (folds![row] === fold) scores[row] = asScore[kind](model(rows.columns[row]!));
    }
    return { ...trained, candidate: `${place}`, selection: metricsOf(kind, scores, labels), scores };
  });
  const best = bestCandidate(tried, metric) as (typeof tried)[number];
  const model = learn(learners[Number(best.candidate)]!, all);
  const score = (chunk: ColumnChunk): Float64Array =>
    Float64Array.from({ length: chunk.rows }, (_, row) =>
      asScore[kind](model(Object.values(chunk.columns).map((values) => Number(values[row])))),
    );

  const evaluation = await new MockActivityEnvironment().run(async (): Promise<Evaluation> => {
    const columns = rows.columns[0]!.map((_, column) => `${column}`);
    const split = { file: '', columns, byEntity: false };
    const question = { metric, by: 'day', level: LEVEL } as const;
    const holdout = await scoreSplit(analytics, { ...split, split: 'holdout' }, [score], () => {});
    const { anchor: _, ...compared } = compareOnHoldout(holdout, { ...question, kind, driftSince: null });
    const foldScores = encodeNumbers(Float32Array.from(best.scores));
    const asked = { ...question, split, foldScores, width: 1, tried: learners.length };
    const outOfFold = await measureOutOfFold({ analytics, threads: inThisThread }, asked, () => {});
    return { ...compared, ...(outOfFold && { leadOutOfFold: outOfFold }) };
  });
  const { leadOutOfFold, ...alone } = evaluation;
  const { overNearby: _, ...unchecked } = leadOutOfFold!;
  const isPassed = (judged: Evaluation): boolean =>
    judgeChallenger({ reason: 'schedule', gates, evaluation: judged, fresher: true }).passed;
  return {
    alone: isPassed(alone),
    folds: isPassed(evaluation),
    unchecked: isPassed({ ...alone, leadOutOfFold: unchecked }),
  };
}

const asScore: Record<FirstWorld['kind'], (said: number) => number> = {
  number: (said) => said,
  binary: (said) => Math.min(1, Math.max(0, said)),
};
const trained = { objectKey: '', sha256: '', epochs: 0, seconds: 0, backend: 'none' };

const inThisThread: Threads = {
  run: (name, input) =>
    Promise.resolve((computations as Record<string, (...input: unknown[]) => unknown>)[name]!(...input)),
};

function splitOf({ columns, labels, days }: FirstRows, from: number, to: number): ColumnChunk {
  const [first, last] = [Math.round(from * labels.length), Math.round(to * labels.length)];
  const part = (values: Float64Array): number[] => [...values.subarray(first, last)];
  const own = columns[0]!.map((_, column) => [`${column}`, columns.slice(first, last).map((row) => row[column]!)]);
  const entities = Array<null>(last - first).fill(null);
  return {
    rows: last - first,
    columns: {
      ...(Object.fromEntries(own) as ColumnChunk['columns']),
      [LABEL]: part(labels),
      [TIME]: part(days.map((day) => day * DAY)),
      [ENTITY]: entities,
      [KEY]: entities,
    },
  };
}
