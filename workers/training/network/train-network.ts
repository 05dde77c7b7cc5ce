import { adamStep, startAdam } from './adam.ts';
import { shuffledBatches } from './batches.ts';
import { readCheckpoint, writeCheckpoint, type TrainingState } from './checkpoint.ts';
import {
  asDenseLayers,
  createNetwork,
  gradients,
  huber,
  initialise,
  logits,
  logLoss,
  type Loss,
  type Network,
} from './network.ts';
import { createPulse, type Pulse, type TrainingEvents } from '../pulse.ts';
import { encodedChunks, encodeRows, probeRows, splitReader, type SplitReader } from '../reading.ts';
import { survey, type Survey } from '../survey.ts';
import { type Train } from '../train.ts';
import { type Tensors } from '../../../adapters/training/tensors.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { createRandom } from '../../../core/base/random.ts';
import { createEncoder, type Encoder } from '../../../core/model/preprocessing.ts';
import { type NetworkPlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** After so many epochs without a better selection loss, training stops; the best epoch's weights are kept. */
const PATIENCE = 3;

/** What does not change while a network is trained. */
interface Work {
  job: TrainingJob;
  plan: NetworkPlan;
  reader: SplitReader;
  tensors: Tensors;
  pulse: Pulse;
}

/** A training with the rows as its encodings make them. */
interface Encoded extends Work {
  encoder: Encoder;
  network: Network;
  state: TrainingState;
}

/** Trains batch by batch, an epoch a checkpoint. Equal jobs on one backend give equal weights, also when resumed. */
export const trainNetwork: Train<NetworkPlan> = async (job, plan, surroundings) => {
  const { analytics, events } = surroundings;
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, columns);
  const tensors = await surroundings.tensors();
  const pulse = createPulse({ unit: 'epoch', of: plan.epochs, backend: tensors.backend }, events);
  const work = { job, plan, reader, tensors, pulse };

  const state = (await resume(job, events)) ?? start(work, await survey(job, analytics, pulse.beat));
  const earlier = state.seconds;
  const encoder = createEncoder(state.encodings);
  const network = createNetwork(encoder.width, plan);
  network.parameters.set(state.parameters);
  state.parameters = network.parameters; // one array from here on: the network's weights are the state's
  const encoded = { ...work, encoder, network, state };

  while (state.epoch < plan.epochs && state.epoch - state.best.epoch < PATIENCE) {
    await trainEpoch(encoded);
    state.epoch++;
    const loss = await selectionLoss(encoded);
    if (!Number.isFinite(loss)) throw diverged(work, state.epoch);
    if (loss < state.best.loss) state.best = { epoch: state.epoch, loss, parameters: network.parameters.slice() };
    state.seconds = earlier + (Date.now() - began) / 1000;
    events.checkpoint(await writeCheckpoint(job, state));
    pulse.finished(state.epoch, loss);
  }

  network.parameters.set(state.best.parameters);
  const probe = await probeRows(reader, columns);
  return {
    encodings: state.encodings,
    kind: 'network',
    layers: asDenseLayers(network),
    ...(state.target && { target: state.target }),
    probe: { rows: probe, logits: [...logits(tensors, network, encodeRows(probe, encoder), probe.length)] },
    trainedWith: {
      backend: tensors.backend,
      ...(tensors.whyNotNative !== null && { whyNotNative: tensors.whyNotNative }),
      tensorflow: tensors.version,
      epochs: state.best.epoch,
      rows: state.rows,
      seconds: earlier + (Date.now() - began) / 1000,
    },
  };
};

/** A checkpoint only saves time: an unusable one costs a line in the log, not the training. */
async function resume(job: TrainingJob, events: TrainingEvents): Promise<TrainingState | null> {
  if (job.resumeFrom === null) return null;
  try {
    return await readCheckpoint(job, job.resumeFrom);
  } catch (error) {
    events.log(`The checkpoint ${job.resumeFrom} cannot be used (${messageOf(error)}); training starts from nothing`);
    return null;
  }
}

function start({ job, plan }: Work, { encodings, rows, target, base }: Survey): TrainingState {
  const network = createNetwork(createEncoder(encodings).width, plan);
  initialise(network, base, createRandom(`${job.seed}/weights`));
  const { parameters } = network;
  const best = { epoch: 0, loss: Infinity, parameters: parameters.slice() };
  return { epoch: 0, encodings, target, rows, parameters, adam: startAdam(parameters.length), best, seconds: 0 };
}

const lossOf = ({ labelKind }: TrainingJob): Loss => (labelKind === 'number' ? huber : logLoss);

async function trainEpoch({ job, plan, reader, tensors, pulse, encoder, network, state }: Encoded): Promise<void> {
  const epoch = state.epoch + 1;
  const gradient = new Float32Array(network.parameters.length);
  const dropout = { rate: plan.dropout, random: createRandom(`${job.seed}/dropout/${epoch}`) };
  const order = createRandom(`${job.seed}/order/${epoch}`);
  for await (const batch of shuffledBatches(reader, encoder, plan.batchSize, order, state.target)) {
    const loss = gradients(tensors, network, batch, dropout, lossOf(job), gradient);
    if (!Number.isFinite(loss)) throw diverged({ job, plan }, epoch);
    if (plan.l2 > 0) addPenalty(network, plan.l2, gradient);
    adamStep(state.adam, network.parameters, gradient, plan.learningRate);
    pulse.trained(batch.rows, loss);
    await pulse.beat();
  }
}

/** The gradient of l2 times the sum of squared weights; biases go free. */
function addPenalty({ layers }: Network, l2: number, gradient: Float32Array): void {
  const { kernel } = layers[0]!;
  for (let i = 0; i < kernel.length; i++) gradient[i]! += 2 * l2 * kernel[i]!;
}

async function selectionLoss({ job, reader, tensors, pulse, encoder, network, state }: Encoded): Promise<number> {
  let [sum, rows] = [0, 0];
  for await (const batch of encodedChunks(reader, encoder, 'selection', state.target)) {
    sum += batch.rows * lossOf(job)(logits(tensors, network, batch.inputs, batch.rows), batch.labels).loss;
    rows += batch.rows;
    await pulse.beat();
  }
  return sum / rows;
}

function diverged({ job, plan }: Pick<Work, 'job' | 'plan'>, epoch: number): UserError {
  return new UserError(
    'TRAINING_DIVERGED',
    `The loss of candidate "${job.candidate.name}" was no longer a number in epoch ${epoch} of ${plan.epochs}, with ` +
      `learningRate ${plan.learningRate}. Declare a smaller learningRate, say ${plan.learningRate / 10}.`,
  );
}
