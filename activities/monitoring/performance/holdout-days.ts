import { contentId } from '../../../core/base/ids.ts';
import { featuresOf } from '../../../core/columns/index.ts';
import { LABEL, TIME } from '../../../core/data/data.ts';
import { type LocalCache } from '../../../core/data/objects/objects.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../../core/declaration/pipelines.ts';
import { toldApart } from '../../../core/metrics/answer.ts';
import { bendOf } from '../../../core/model/calibration/isotonic.ts';
import { parseArtifact } from '../../../core/model/scorer.ts';
import { type PerformanceDays, type SlicedDay } from '../../../core/performance/performance-days.ts';
import { addRow, emptyTally } from '../../../core/performance/tally.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import { membershipOf } from '../../../core/training/slices/declared-slices.ts';
import { type ModelVersions } from '../../../core/training/versions/model-versions.ts';
import { judgedArtifact } from '../../../core/training/refit.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { reportProgress, unlessCancelled } from '../../steps/heartbeats.ts';
import { createPauses } from '../../steps/pauses.ts';
import { scorerOf } from '../../training/scorer-of.ts';
import { knowingAll, scoreChunk } from '../../training/scoring.ts';
import { type ReferencePorts } from '../reference.ts';
import { readFile } from 'node:fs/promises';

export type HoldoutPorts = Pick<ReferencePorts, 'trainingRuns' | 'analytics'> & {
  cache: Pick<LocalCache, 'fetch'>;
  pipelines: Pick<Pipelines, 'declaration'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  performance: PerformanceDays;
};

/** A version's holdout, by day, with the scores of the artifact that was judged: another may have learnt from it. */
export async function countHoldoutDays(
  ports: HoldoutPorts,
  pipeline: Pipeline,
  version: ModelVersion,
): Promise<SlicedDay[]> {
  const { performance, pipelines, trainingRuns, analytics, cache } = ports;
  const sliced = pipeline.slices && contentId(pipeline.slices);
  const counted = await performance.holdout(version.pipeline, version.version);
  if (counted && (sliced === undefined || counted[0]?.sliced === sliced)) return counted;
  const { kind } = pipeline.label;
  const trained = await pipelines.declaration({ name: version.pipeline, revision: version.revision });
  // Rows without a column tell nothing of slices that look at it.
  const slices = Object.entries(pipeline.slices ?? {})
    .filter(([, of]) => Object.keys(of).every((column) => Object.hasOwn(trained.columns, column)))
    .map(([name, of]) => ({ name, of, holds: membershipOf(of) }));
  const slicing = slices.flatMap(({ of }) => Object.keys(of));
  const columns = [...new Set([...Object.keys(featuresOf(trained.columns)), ...slicing])];
  const run = await trainingRuns.get(version.trainingRun);
  const file = await unlessCancelled(cache.fetch(run.trainingSet!));
  const scorer = await scorerOf(ports, { ...version, ...judgedArtifact(version) });
  const score = knowingAll(scorer, pipeline.label);
  const usual = await createUsual(ports, pipeline)(version.version);
  const days = new Map<number, SlicedDay>();
  const pause = createPauses();
  let rows = 0;
  for await (const chunk of analytics.readSplit(file, 'holdout', columns, [LABEL, TIME])) {
    const scores = await scoreChunk(chunk, score, pause);
    const width = chunk.rows === 0 ? 1 : scores.length / chunk.rows;
    for (let row = 0; row < chunk.rows; row++) {
      const day = Math.floor(Number(chunk.own[TIME]![row]) / DAY);
      const ofDay: SlicedDay = days.get(day) ?? { day: instant(day * DAY), tally: emptyTally(), ...(sliced && { sliced }) }; // prettier-ignore
      days.set(day, ofDay);
      const probabilities = scores.subarray(row * width, (row + 1) * width);
      const answer = scorer.classes?.answer(probabilities) ?? 0;
      const one = probabilities[answer]!;
      const labelled = {
        score: one,
        label: Number(chunk.own[LABEL]![row]),
        ...(kind === 'class' && { probabilities: toldApart(probabilities, answer) }),
        decision: scorer.threshold === null ? null : one >= scorer.threshold,
      };
      addRow(ofDay.tally, kind, labelled, usual);
      const values = Object.fromEntries(slicing.map((column) => [column, chunk.columns[column]?.[row] ?? null]));
      for (const { name, holds } of slices)
        if (holds(values)) addRow(((ofDay.slices ??= {})[name] ??= emptyTally()), kind, labelled, usual);
      if (row % 64 === 0) await pause();
    }
    reportProgress({ counted: (rows += chunk.rows) });
  }
  const found = [...days].sort(([a], [b]) => a - b).map(([, day]) => day);
  await performance.recordHoldout(version.pipeline, version.version, found);
  return found;
}

/** How far labels usually lie from a version's estimates, by their size; 0 where that was not measured. */
export function createUsual(
  { modelVersions, cache }: Pick<HoldoutPorts, 'modelVersions' | 'cache'>,
  { name, label }: Pipeline,
): (version: number) => Promise<(estimate: number) => number> {
  const known = new Map<number, Promise<(estimate: number) => number>>();
  const read = async (version: number): Promise<(estimate: number) => number> => {
    if (label.kind !== 'number') return () => 0;
    const file = await unlessCancelled(cache.fetch(await modelVersions.get(name, version)));
    const { interval } = parseArtifact(await readFile(file, 'utf8'));
    return interval ? bendOf({ from: interval.at, to: interval.spread }, 0) : () => 0;
  };
  return (version) => {
    const found = known.get(version) ?? read(version);
    known.set(version, found);
    return found;
  };
}
