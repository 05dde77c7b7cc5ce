import { probeRows, splitReader } from './reading.ts';
import { createPulse } from './pulse.ts';
import { survey } from './survey.ts';
import { type Surroundings, type Train } from './train.ts';
import { type ConstantPlan } from '../../core/recipes/recipe.ts';

/** What is true of all rows: the log odds of a positive label, the share of each class, or the mean of the labels. */
export const trainConstant: Train<ConstantPlan> = async (job, _plan, { analytics, events }: Surroundings) => {
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, columns);
  const pulse = createPulse({ unit: 'epoch', of: 0, backend: 'none' }, events);
  const { encodings, rows, target, base, bases } = await survey(job, analytics, pulse.beat);
  const probe = await probeRows(reader, columns);
  return {
    kind: 'constant',
    output: base,
    ...(bases && { classes: job.classes!, outputs: bases }),
    encodings,
    ...(target && { target }),
    probe: { rows: probe, logits: probe.flatMap(() => bases ?? [base]) },
    trainedWith: { backend: 'none', epochs: 0, rows, seconds: (Date.now() - began) / 1000 },
  };
};
