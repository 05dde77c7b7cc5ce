import { adamStep, startAdam } from './adam.ts';
import { encodedChunks, shuffledBatches, splitReader, type SplitReader } from './batches.ts';
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
import { type TrainingProgress } from './protocol.ts';
import { survey } from './survey.ts';
import { type Tensors } from '../../adapters/training/tensors.ts';
import { type Row } from '../../core/data/data.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { type TrainedModel } from '../../core/model/artifact.ts';
import { createEncoder, type Encoder } from '../../core/model/preprocessing.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { planOf } from '../../core/recipes/index.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { createRandom } from '../../core/base/random.ts';

/** After so many epochs without a better selection loss, training stops; the best epoch's weights are kept. */
const PATIENCE = 3;
const PROBE_ROWS = 16;
const PULSE_MILLISECONDS = 500;

export interface TrainingEvents {
  progress(progress: TrainingProgress): void;
  checkpoint(file: string): void;
  log(line: string): void;
  /** Called about twice a second: may throw to end the training. */
  check(): void;
}

/** Trains a candidate from its Parquet file. Equal jobs on one backend give equal weights, also when resumed. */
export async function train(
  job: TrainingJob,
  { analytics, tensors, events }: { analytics: Analytics; tensors: Tensors; events: TrainingEvents },
): Promise<TrainedModel> {
  const began = Date.now();
  const reader = splitReader(analytics, job.trainingSet, Object.keys(job.columns));
  const pulse = createPulse(job, tensors, events);

  const resumed = await resume(job, events);
  const state = resumed ?? (await start(job, reader, splitReader(analytics, job.trainingSet, []), pulse.beat));
  const earlier = state.seconds;
  const encoder = createEncoder(state.encodings);
  const network = createNetwork(encoder.width, planOf(job.candidate));
  network.parameters.set(state.parameters);
  state.parameters = network.parameters; // one array from here on: the network's weights are the state's

  while (state.epoch < job.candidate.epochs && state.epoch - state.best.epoch < PATIENCE) {
    await trainEpoch(job, state, network, shuffled(job, reader, encoder, state), tensors, pulse);
    state.epoch++;
    const loss = await selectionLoss(job, state, network, reader, encoder, tensors, pulse.beat);
    if (!Number.isFinite(loss)) throw diverged(job, state.epoch);
    if (loss < state.best.loss) state.best = { epoch: state.epoch, loss, parameters: network.parameters.slice() };
    state.seconds = earlier + (Date.now() - began) / 1000;
    events.checkpoint(await writeCheckpoint(job, state));
    pulse.epochEnded(state.epoch, loss);
  }

  network.parameters.set(state.best.parameters);
  return {
    encodings: state.encodings,
    kind: 'network',
    layers: asDenseLayers(network),
    ...(state.target && { target: state.target }),
    probe: await makeProbe(job, network, reader, encoder, tensors),
    trainedWith: {
      backend: tensors.backend,
      ...(tensors.whyNotNative !== null && { whyNotNative: tensors.whyNotNative }),
      tensorflow: tensors.version,
      epochs: state.best.epoch,
      rows: state.rows,
      seconds: earlier + (Date.now() - began) / 1000,
    },
  };
}

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

async function start(
  job: TrainingJob,
  reader: SplitReader,
  labels: SplitReader,
  beat: () => Promise<void>,
): Promise<TrainingState> {
  const { encodings, rows, positives, target } = await survey(job, reader, labels, beat);
  const network = createNetwork(createEncoder(encodings).width, planOf(job.candidate));
  const logOdds = Math.log(positives / (rows - positives));
  initialise(network, target ? 0 : logOdds, createRandom(`${job.seed}/weights`));
  const { parameters } = network;
  const best = { epoch: 0, loss: Infinity, parameters: parameters.slice() };
  return { epoch: 0, encodings, target, rows, parameters, adam: startAdam(parameters.length), best, seconds: 0 };
}

const shuffled = (job: TrainingJob, reader: SplitReader, encoder: Encoder, { epoch, target }: TrainingState) =>
  shuffledBatches(reader, encoder, job.candidate.batchSize, createRandom(`${job.seed}/order/${epoch + 1}`), target);
const lossOf = ({ labelKind }: TrainingJob): Loss => (labelKind === 'number' ? huber : logLoss);

async function trainEpoch(
  job: TrainingJob,
  state: TrainingState,
  network: Network,
  batches: ReturnType<typeof shuffled>,
  tensors: Tensors,
  pulse: Pulse,
): Promise<void> {
  const { candidate } = job;
  const { dropout: rate, l2 } = planOf(candidate);
  const gradient = new Float32Array(network.parameters.length);
  const dropout = { rate, random: createRandom(`${job.seed}/dropout/${state.epoch + 1}`) };
  for await (const batch of batches) {
    const loss = gradients(tensors, network, batch, dropout, lossOf(job), gradient);
    if (!Number.isFinite(loss)) throw diverged(job, state.epoch + 1);
    if (l2 > 0) addPenalty(network, l2, gradient);
    adamStep(state.adam, network.parameters, gradient, candidate.learningRate);
    pulse.trained(batch.rows, loss);
    await pulse.beat();
  }
}

/** The gradient of l2 times the sum of squared weights; biases go free. */
function addPenalty({ layers }: Network, l2: number, gradient: Float32Array): void {
  const { kernel } = layers[0]!;
  for (let i = 0; i < kernel.length; i++) gradient[i]! += 2 * l2 * kernel[i]!;
}

async function selectionLoss(
  job: TrainingJob,
  { target }: TrainingState,
  network: Network,
  reader: SplitReader,
  encoder: Encoder,
  tensors: Tensors,
  beat: () => Promise<void>,
): Promise<number> {
  let [sum, rows] = [0, 0];
  for await (const batch of encodedChunks(reader, encoder, 'selection', target)) {
    sum += batch.rows * lossOf(job)(logits(tensors, network, batch.inputs, batch.rows), batch.labels).loss;
    rows += batch.rows;
    await beat();
  }
  return sum / rows;
}

/** Some rows of the selection split and one of nulls, with TF.js's logits for them. */
async function makeProbe(
  job: TrainingJob,
  network: Network,
  reader: SplitReader,
  encoder: Encoder,
  tensors: Tensors,
): Promise<TrainedModel['probe']> {
  const names = Object.keys(job.columns);
  const rows: Row[] = [Object.fromEntries(names.map((name) => [name, null]))];
  for await (const chunk of reader.chunks('selection')) {
    for (let row = 0; row < chunk.rows && rows.length <= PROBE_ROWS; row++)
      rows.push(Object.fromEntries(names.map((name) => [name, chunk.columns[name]?.[row] ?? null])));
    if (rows.length > PROBE_ROWS) break;
  }
  const inputs = new Float32Array(rows.length * encoder.width);
  for (const [index, row] of rows.entries()) encoder.row(row, inputs, index * encoder.width);
  return { rows, logits: Array.from(logits(tensors, network, inputs, rows.length)) };
}

function diverged({ candidate }: TrainingJob, epoch: number): UserError {
  return new UserError(
    'TRAINING_DIVERGED',
    `The loss of candidate "${candidate.name}" was no longer a number in epoch ${epoch} of ${candidate.epochs}, with ` +
      `learningRate ${candidate.learningRate}. Declare a smaller learningRate, say ${candidate.learningRate / 10}.`,
  );
}

interface Pulse {
  /** Lets messages in between batches, and reports about twice a second. */
  beat: () => Promise<void>;
  trained: (rows: number, loss: number) => void;
  epochEnded: (epoch: number, loss: number) => void;
}

function createPulse(job: TrainingJob, tensors: Tensors, events: TrainingEvents): Pulse {
  let [reported, rows, milliseconds, last] = [0, 0, 0, performance.now()];
  const mean = { sum: 0, batches: 0 };
  const now: TrainingProgress = {
    epoch: 0,
    epochs: job.candidate.epochs,
    loss: null,
    selectionLoss: null,
    rowsPerSecond: 0,
    backend: tensors.backend,
  };
  const report = (): void => {
    reported = performance.now();
    if (mean.batches > 0) now.loss = mean.sum / mean.batches;
    if (milliseconds > 0) now.rowsPerSecond = Math.round((rows * 1000) / milliseconds);
    events.progress({ ...now });
  };
  return {
    async beat() {
      await new Promise(setImmediate);
      if (performance.now() - reported >= PULSE_MILLISECONDS) {
        events.check();
        report();
      }
      last = performance.now();
    },
    trained(batchRows, loss) {
      rows += batchRows;
      milliseconds += performance.now() - last;
      mean.sum += loss;
      mean.batches++;
    },
    epochEnded(epoch, loss) {
      now.epoch = epoch;
      now.selectionLoss = loss;
      report();
      mean.sum = mean.batches = 0;
    },
  };
}
