import { type Analytics } from '../../core/data/analytics.ts';
import { LABEL, TIME } from '../../core/data/data.ts';
import { probeRows, splitReader } from './reading.ts';
import { createPulse } from './pulse.ts';
import { medianOfLabels, survey } from './survey.ts';
import { type Surroundings, type Train } from './train.ts';
import { type ConstantPlan } from '../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';

/** The mean label of the newest rows, or the median. */
async function recentMean(
  job: TrainingJob,
  analytics: Analytics,
  ms: number,
  beat: () => Promise<void>,
): Promise<number> {
  const file = job.trainingSet;
  let newest = -Infinity;
  for await (const { own } of analytics.readSplit(file, 'train', [], [LABEL, TIME])) {
    for (const time of own[TIME]!) newest = Math.max(newest, Number(time));
    await beat();
  }
  let [rows, mean] = [0, 0];
  const median = medianOfLabels(job, ({ own }, row) => Number(own[TIME]![row]) > newest - ms);
  for await (const chunk of analytics.readSplit(file, 'train', [], [LABEL, TIME])) {
    const { own } = chunk;
    median?.add(chunk);
    for (const [row, label] of own[LABEL]!.entries())
      if (Number(own[TIME]![row]) > newest - ms) mean += (Number(label) - mean) / ++rows;
    await beat();
  }
  return median?.finish() ?? mean;
}

/** What is true of all rows: the log odds of a positive label, the share of each class, or the mean of the labels (their median, for absolute errors). */
export const trainConstant: Train<ConstantPlan> = async (job, { recentMs }, { analytics, events }: Surroundings) => {
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, columns);
  const pulse = createPulse({ unit: 'epoch', of: 0, backend: 'none' }, events);
  const { encodings, rows, target, base, bases } = await survey(job, analytics, pulse.beat);
  const output =
    target && recentMs !== undefined
      ? ((await recentMean(job, analytics, recentMs, pulse.beat)) - target.mean) / target.deviation
      : base;
  const probe = await probeRows(reader, columns);
  return {
    kind: 'constant',
    output,
    ...(bases && { classes: job.classes!, outputs: bases }),
    encodings,
    ...(target && { target }),
    probe: { rows: probe, logits: probe.flatMap(() => bases ?? [output]) },
    trainedWith: { backend: 'none', epochs: 0, rows, seconds: (Date.now() - began) / 1000 },
  };
};
