import { resume } from '../resume.ts';
import { arrowOf, hasManyLevels } from './arrow.ts';
import { isOfBatches, readCheckpoint, writeCheckpoint, type LinearState } from './checkpoint.ts';
import { createClassFit } from './fit-classes.ts';
import { createFitOfManyLevels } from './fit-many-levels.ts';
import { fit } from './newton.ts';
import { passOver, weightsOf } from './passes.ts';
import { softmaxPass } from './softmax-pass.ts';
import { singleLossOf, type SingleLoss } from '../network/loss.ts';
import { trainNetwork } from '../network/train-network.ts';
import { createPulse } from '../pulse.ts';
import { encodeRows, probeRows, splitReader } from '../reading.ts';
import { encodeSplit, type EncodedSplit } from '../rows/encoded-split.ts';
import { layoutOf, type RecordLayout } from '../rows/records.ts';
import { survey, type Survey } from '../survey.ts';
import { type Train } from '../train.ts';
import { type Row } from '../../../core/data/data.ts';
import { type DenseLayer } from '../../../core/model/artifact.ts';
import { createEncoder } from '../../../core/model/preprocessing.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { type LinearPlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** The penalties that are tried, as multiples of the declared one: from the strongest on, each starts where the last ended. */
const PATH = [1000, 100, 10, 1, 0.1];
/** With more weights than this, a square of them takes too much memory and time. */
const WIDEST = 1_024;

/**
 * Fits a weighted sum of the inputs until no step makes it better, once for each penalty of a path, and keeps the one with
 * the least loss on the selection split. Equal jobs give equal weights, also when resumed.
 */
export const trainLinear: Train<LinearPlan> = async (job, plan, surroundings) => {
  const { analytics, events, insistsOnTensorflow } = surroundings;
  const { classes } = job;
  if (!classes && (insistsOnTensorflow || (await isOfBatches(job, WIDEST))))
    return trainNetwork(job, plan.inBatches, surroundings);
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, columns);
  const path = pathOf(plan, job);
  const pulse = createPulse({ unit: 'epoch', of: path.length, backend: 'none' }, events);

  const resumed = await resume(job, events, (checkpoint) => readCheckpoint(job, checkpoint));
  const surveyed = resumed ?? (await survey(job, analytics, pulse.beat));
  const layout = layoutOf(surveyed.encodings);
  const manyLevels = hasManyLevels(layout);
  if (!classes && 'base' in surveyed && weightsOf(layout) > WIDEST && !manyLevels)
    return trainNetwork({ ...job, resumeFrom: null }, plan.inBatches, surroundings, surveyed);
  const state = 'base' in surveyed ? start(surveyed) : surveyed;
  const encode = (split: 'train' | 'selection') =>
    encodeSplit(job.folder, split, reader, state.encodings, state.target, pulse.beat);
  const [train, selection] = [await encode('train'), await encode('selection')];
  const earlier = state.seconds;
  const seconds = (): number => earlier + (Date.now() - began) / 1000;
  const onPass = (loss: number): void => pulse.trained(train.rows, loss);
  try {
    const { bases } = state;
    const fitting = bases
      ? await classFitting(train, { bases, pulse: pulse.beat, onPass })
      : await singleFitting(train, { loss: singleLossOf(job), manyLevels, pulse: pulse.beat, onPass });
    while (state.tried < Math.min(path.length, job.rounds ?? path.length)) {
      const { weights, passes } = await fitting.fit(state.weights, path[state.tried]!);
      const found = await fitting.passOver(selection, weights);
      if (job.rounds !== undefined || found.loss < state.best.loss)
        state.best = { loss: found.loss, weights, penalty: path[state.tried]! };
      Object.assign(state, { weights, tried: state.tried + 1, passes: state.passes + passes, seconds: seconds() });
      pulse.finished(state.tried, found.loss);
      await events.checkpoint(await writeCheckpoint(job, state));
    }
  } finally {
    await train.close();
    await selection.close();
  }

  const probe = await probeRows(reader, columns);
  const { penalty } = state.best;
  return {
    kind: 'network',
    encodings: state.encodings,
    layers: [layerOf(state.best.weights, layout, classes?.length)],
    ...(state.target && { target: state.target }),
    ...(classes && { classes }),
    probe: { rows: probe, logits: outputsOf(probe, state, layout, classes?.length) },
    trainedWith: {
      backend: 'none',
      epochs: state.passes,
      ...(penalty !== undefined && { penalty }),
      rows: state.rows,
      seconds: seconds(),
    },
  };
};

/** What was chosen already is not chosen again. */
function pathOf({ l2 }: LinearPlan, { refit }: TrainingJob): number[] {
  if (refit?.penalty !== undefined) return [refit.penalty];
  return l2 === 0 ? [0] : PATH.map((times) => times * l2);
}

/** How weights are fitted to one kind of loss. */
interface Fitting {
  fit(start: Float64Array, penalty: number): Promise<{ weights: Float64Array; passes: number }>;
  passOver(split: EncodedSplit, weights: Float64Array): Promise<{ loss: number }>;
}

interface Fitted {
  pulse: () => Promise<void>;
  onPass(loss: number): void;
}

const singleFitting = async (
  train: EncodedSplit,
  { loss, manyLevels, pulse, onPass }: Fitted & { loss: SingleLoss; manyLevels: boolean },
): Promise<Fitting> => ({
  fit: manyLevels
    ? createFitOfManyLevels(train, await arrowOf(train, pulse), { loss, pulse, onPass })
    : (start, penalty) =>
        fit(start, penalty, async (weights, curvature) => {
          const pass = await passOver(train, weights, { loss, curvature, pulse });
          onPass(pass.loss);
          return pass;
        }),
  passOver: (split, weights) => passOver(split, weights, { loss, curvature: false, pulse }),
});

const classFitting = async (train: EncodedSplit, of: Fitted & { bases: number[] }): Promise<Fitting> => ({
  fit: await createClassFit(train, of),
  passOver: (split, weights) => softmaxPass(split, weights, of.bases.length, of.pulse),
});

function start({ encodings, rows, target, base, bases }: Survey): LinearState {
  const constants = bases ?? [base];
  const weights = new Float64Array(weightsOf(layoutOf(encodings)) * constants.length);
  weights.set(constants, weights.length - constants.length);
  const best = { loss: Infinity, weights };
  return { tried: 0, passes: 0, encodings, target, ...(bases && { bases }), rows, weights, best, seconds: 0 };
}

/** The input of each weight but the constant. */
const inputsOf = ({ numbers, levels }: RecordLayout): number[] => [...numbers, ...levels];

function outputsOf(
  rows: Row[],
  { encodings, best: { weights } }: LinearState,
  layout: RecordLayout,
  units = 1,
): number[] {
  const encoded = encodeRows(rows, createEncoder(encodings));
  const constants = weights.length - units;
  const inputs = inputsOf(layout);
  return rows.flatMap((_, row) =>
    Array.from({ length: units }, (_unit, unit) =>
      inputs.reduce(
        (sum, input, i) => sum + weights[i * units + unit]! * encoded[row * layout.width + input]!,
        weights[constants + unit]!,
      ),
    ),
  );
}

/** The weights of an input are side by side, one for each unit; the constants come last. */
function layerOf(weights: Float64Array, layout: RecordLayout, units = 1): DenseLayer {
  const { width } = layout;
  const kernel = new Float32Array(width * units);
  for (const [i, input] of inputsOf(layout).entries())
    for (let unit = 0; unit < units; unit++) kernel[input * units + unit] = weights[i * units + unit]!;
  const bias = Float32Array.from(weights.subarray(weights.length - units));
  return { inputs: width, units, activation: 'linear', kernel: encodeWeights(kernel), bias: encodeWeights(bias) };
}
