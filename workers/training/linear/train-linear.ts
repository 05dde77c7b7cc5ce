import { isOfBatches, readCheckpoint, writeCheckpoint, type LinearState } from './checkpoint.ts';
import { fit } from './newton.ts';
import { passOver, weightsOf } from './passes.ts';
import { lossOf } from '../network/loss.ts';
import { trainNetwork } from '../network/train-network.ts';
import { createPulse, type TrainingEvents } from '../pulse.ts';
import { encodeRows, probeRows, splitReader } from '../reading.ts';
import { encodeSplit } from '../rows/encoded-split.ts';
import { layoutOf, type RecordLayout } from '../rows/records.ts';
import { survey, type Survey } from '../survey.ts';
import { type Train } from '../train.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { type Row } from '../../../core/data/data.ts';
import { type DenseLayer } from '../../../core/model/artifact.ts';
import { createEncoder } from '../../../core/model/preprocessing.ts';
import { encodeWeights } from '../../../core/model/weights.ts';
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
  if (insistsOnTensorflow || (await isOfBatches(job, WIDEST))) return trainNetwork(job, plan.inBatches, surroundings);
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, columns);
  const path = pathOf(plan, job);
  const pulse = createPulse({ unit: 'epoch', of: path.length, backend: 'none' }, events);

  const resumed = await resume(job, events);
  const surveyed = resumed ?? (await survey(job, analytics, pulse.beat));
  const layout = layoutOf(surveyed.encodings);
  if ('base' in surveyed && weightsOf(layout) > WIDEST)
    return trainNetwork({ ...job, resumeFrom: null }, plan.inBatches, surroundings, surveyed);
  const state = 'base' in surveyed ? start(surveyed) : surveyed;
  const encode = (split: 'train' | 'selection') =>
    encodeSplit(job.folder, split, reader, state.encodings, state.target, pulse.beat);
  const [train, selection] = [await encode('train'), await encode('selection')];
  const earlier = state.seconds;
  const seconds = (): number => earlier + (Date.now() - began) / 1000;
  const loss = lossOf(job);
  try {
    while (state.tried < Math.min(path.length, job.rounds ?? path.length)) {
      const { weights, passes } = await fit(state.weights, path[state.tried]!, async (weights, curvature) => {
        const pass = await passOver(train, weights, { loss, curvature, pulse: pulse.beat });
        pulse.trained(train.rows, pass.loss);
        return pass;
      });
      const found = await passOver(selection, weights, { loss, curvature: false, pulse: pulse.beat });
      if (job.rounds !== undefined || found.loss < state.best.loss)
        state.best = { loss: found.loss, weights, penalty: path[state.tried]! };
      Object.assign(state, { weights, tried: state.tried + 1, passes: state.passes + passes, seconds: seconds() });
      events.checkpoint(await writeCheckpoint(job, state));
      pulse.finished(state.tried, found.loss);
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
    layers: [layerOf(state.best.weights, layout)],
    ...(state.target && { target: state.target }),
    probe: { rows: probe, logits: outputsOf(probe, state, layout) },
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

/** A checkpoint only saves time: an unusable one costs a line in the log, not the training. */
async function resume(job: TrainingJob, events: TrainingEvents): Promise<LinearState | null> {
  if (job.resumeFrom === null) return null;
  try {
    return await readCheckpoint(job, job.resumeFrom);
  } catch (error) {
    events.log(`The checkpoint ${job.resumeFrom} cannot be used (${messageOf(error)}); training starts from nothing`);
    return null;
  }
}

function start({ encodings, rows, target, base }: Survey): LinearState {
  const weights = new Float64Array(weightsOf(layoutOf(encodings)));
  weights[weights.length - 1] = base;
  return { tried: 0, passes: 0, encodings, target, rows, weights, best: { loss: Infinity, weights }, seconds: 0 };
}

/** The input of each weight but the constant. */
const inputsOf = ({ numbers, levels }: RecordLayout): number[] => [...numbers, ...levels];

function outputsOf(rows: Row[], { encodings, best: { weights } }: LinearState, layout: RecordLayout): number[] {
  const inputs = encodeRows(rows, createEncoder(encodings));
  const constant = weights.at(-1)!;
  return rows.map((_, row) =>
    inputsOf(layout).reduce((sum, input, i) => sum + weights[i]! * inputs[row * layout.width + input]!, constant),
  );
}

function layerOf(weights: Float64Array, layout: RecordLayout): DenseLayer {
  const { width } = layout;
  const kernel = new Float32Array(width);
  for (const [i, input] of inputsOf(layout).entries()) kernel[input] = weights[i]!;
  const bias = Float32Array.of(weights.at(-1)!);
  return { inputs: width, units: 1, activation: 'linear', kernel: encodeWeights(kernel), bias: encodeWeights(bias) };
}
