import { probeRows, splitReader } from './reading.ts';
import { createPulse } from './pulse.ts';
import { survey } from './survey.ts';
import { type Surroundings, type Train } from './train.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Encoding } from '../../core/model/artifact.ts';
import { UNCLIPPED } from '../../core/model/preprocessing.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { encodeWeights } from '../../core/model/numbers/weights.ts';
import { type LastValuePlan } from '../../core/recipes/recipe.ts';

/** The estimate is what a column holds; where it holds nothing, the mean of the labels, or their median where absolute errors are compared. */
export const trainLastValue: Train<LastValuePlan> = async (job, { column }, { analytics, events }: Surroundings) => {
  const began = Date.now();
  const declared = job.columns[column];
  if (declared?.kind !== 'number')
    throw new UserError(
      'PIPELINE_INVALID',
      `"${column}" is no column of numbers, so it holds no last value of the label.`,
    );
  const reader = splitReader(analytics, job.trainingSet, [column]);
  const pulse = createPulse({ unit: 'epoch', of: 0, backend: 'none' }, events);
  const surveyed = await survey({ ...job, columns: { [column]: declared } }, analytics, pulse.beat);
  const target = surveyed.target!;
  const [fitted] = surveyed.encodings as [Extract<Encoding, { kind: 'number' }>];
  // Standardised as labels are, so that what labels are scaled back by gives the column's own value.
  const encoding: Encoding = {
    kind: 'number',
    column,
    transform: 'identity',
    median: target.mean + surveyed.base * target.deviation,
    mean: target.mean,
    deviation: target.deviation,
    flagMissing: false,
    furthest: UNCLIPPED,
    ...(fitted.range && { range: fitted.range }),
  };
  const model = {
    kind: 'network' as const,
    layers: [
      {
        inputs: 1,
        units: 1,
        activation: 'linear' as const,
        kernel: encodeWeights(Float32Array.of(1)),
        bias: encodeWeights(Float32Array.of(0)),
      },
    ],
    encodings: [encoding],
    target,
    trainedWith: { backend: 'none', epochs: 0, rows: surveyed.rows, seconds: (Date.now() - began) / 1000 },
  };
  const rows = await probeRows(reader, [column]);
  const { logit } = compileScorer({ ...model, probe: { rows: [], logits: [] } });
  return { ...model, probe: { rows, logits: rows.map(logit) } };
};
