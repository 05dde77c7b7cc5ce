import { resume } from '../resume.ts';
import { readCheckpoint, startAdam, writeCheckpoint, type TrainingState } from './checkpoint.ts';
import { type Engine, type EngineParts } from './engine.ts';
import { furthestIn, type Furthest } from './furthest.ts';
import { lossOf } from './loss.ts';
import { epochsOf, learningRateAt } from './schedule.ts';
import { type Pulse, createPulse } from '../pulse.ts';
import { encodeRows, probeRows, splitReader } from '../reading.ts';
import { encodeSplit, type EncodedSplit } from '../rows/encoded-split.ts';
import { layoutOf, pack, type RecordLayout } from '../rows/records.ts';
import { poolRows, shuffledBatches } from '../rows/shuffled-batches.ts';
import { survey, type Survey } from '../survey.ts';
import { type Surroundings } from '../train.ts';
import { type Tensors } from '../../../adapters/training/tensors.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type Row } from '../../../core/data/data.ts';
import { createRandom } from '../../../core/base/random.ts';
import { type Encoding, type NetworkModel, type TabmModel, type TrainedModel } from '../../../core/model/artifact.ts';
import { createEncoder } from '../../../core/model/preprocessing.ts';
import { type BatchPlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** What learns in batches. All its weights lie in one array. */
export interface Architecture {
  /** What inputs mean, where the weights to start from know that; otherwise the rows tell. */
  encodings?: Encoding[] | undefined;
  /** The weights to start from. */
  start(layout: RecordLayout, survey: Survey): Float32Array | Promise<Float32Array>;
  /** What trains them, and TF.js where that is it. */
  engine(parts: Omit<EngineParts, 'plan'>): Promise<{ engine: Engine; tensors: Tensors | null }>;
  /** These weights as an artifact has them. */
  modelOf(
    layout: RecordLayout,
    parameters: Float32Array,
  ): Pick<NetworkModel, 'kind' | 'layers'> | Pick<TabmModel, 'kind' | 'members' | 'layers'>;
}

/** A training under way. */
interface Work {
  job: TrainingJob;
  plan: BatchPlan;
  engine: Engine;
  encodings: Encoding[];
  train: EncodedSplit;
  selection: EncodedSplit;
  epochs: number;
  /** Rows that the engine's pool holds. */
  capacity: number;
  pulse: Pulse;
}

/**
 * Trains batch by batch, an epoch a checkpoint. Equal jobs on one backend give equal weights, also when resumed, unless
 * memory limits differ below 1,024 MB: there the pool of a large split is smaller, so its rows come in another order.
 */
export async function trainInBatches(
  job: TrainingJob,
  plan: BatchPlan,
  architecture: Architecture,
  surroundings: Surroundings,
  surveyed?: Survey,
): Promise<TrainedModel> {
  const { analytics, events, memoryLimitMb } = surroundings;
  const began = Date.now();
  const columns = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, columns);
  const { beat } = createPulse({ unit: 'epoch', of: plan.epochs, backend: 'none' }, events);

  const state =
    (await resume(job, events, (checkpoint) => readFitting(job, plan, checkpoint, memoryLimitMb))) ??
    (await start(architecture, surveyed ?? (await survey(job, analytics, beat, plan.style))));
  const encode = (split: 'train' | 'selection') =>
    encodeSplit(job.folder, split, reader, state.encodings, state.target, beat);
  const [train, selection] = [await encode('train'), await encode('selection')];
  let ending = (): Promise<void> => Promise.resolve();
  try {
    const capacity = (state.pool ??= poolRows(train, plan.batchSize, memoryLimitMb));
    const parts = { layout: train.layout, loss: lossOf(job), rows: capacity };
    const { engine, tensors } = await architecture.engine(parts);
    ending = engine.end;
    const epochs = epochsOf(plan, job.refit?.rows ?? train.rows);
    const last = job.refit?.epochs ?? Math.min(epochs, job.rounds ?? epochs);
    const fixed = job.refit !== undefined || job.rounds !== undefined;
    const pulse = createPulse({ unit: 'epoch', of: epochs, backend: engine.backend }, events);
    const work = { job, plan, engine, encodings: state.encodings, train, selection, epochs, capacity, pulse };
    engine.load(state);
    const earlier = state.seconds;
    const seconds = (): number => earlier + (Date.now() - began) / 1000;

    // The best epoch's weights are kept.
    while (state.epoch < last && (fixed || state.epoch - state.best.epoch < plan.patience)) {
      await trainEpoch(work, state.epoch + 1);
      state.epoch++;
      engine.save(state);
      const loss = await selectionLoss(work);
      if (!Number.isFinite(loss)) throw diverged(work, state.epoch, Array(capacity).keys());
      if (fixed || loss < state.best.loss)
        state.best = { epoch: state.epoch, loss, parameters: state.parameters.slice() };
      state.seconds = seconds();
      pulse.finished(state.epoch, loss);
      await events.checkpoint(await writeCheckpoint(job, state));
    }

    engine.load({ ...state, parameters: state.best.parameters });
    const probe = await probeRows(reader, columns);
    return {
      encodings: state.encodings,
      ...architecture.modelOf(train.layout, state.best.parameters),
      ...(state.target && { target: state.target }),
      ...(job.classes && { classes: job.classes }),
      probe: { rows: probe, logits: outputsOf(probe, state.encodings, engine) },
      trainedWith: {
        backend: engine.backend,
        ...(tensors && { tensorflow: tensors.version }),
        ...(tensors && tensors.whyNotNative !== null && { whyNotNative: tensors.whyNotNative }),
        epochs: state.best.epoch,
        rows: state.rows,
        seconds: seconds(),
      },
    };
  } finally {
    await ending();
    await train.close();
    await selection.close();
  }
}

/** The state of a checkpoint, whose pool has to fit here too. */
async function readFitting(
  job: TrainingJob,
  plan: BatchPlan,
  checkpoint: string,
  memoryLimitMb: number,
): Promise<TrainingState> {
  const state = await readCheckpoint(job, checkpoint);
  const split = { rows: state.rows, layout: layoutOf(state.encodings) };
  // Earlier releases stored no pool: theirs had one size under every limit.
  if (state.pool === undefined) return { ...state, pool: poolRows(split, plan.batchSize, Infinity) };
  if (state.pool > poolRows(split, plan.batchSize, memoryLimitMb))
    throw new Error('its pool of rows does not fit into the memory of this worker, which is less');
  return state;
}

async function start(architecture: Architecture, surveyed: Survey): Promise<TrainingState> {
  const { rows, target } = surveyed;
  const encodings = architecture.encodings ?? surveyed.encodings;
  const parameters = await architecture.start(layoutOf(encodings), surveyed);
  const best = { epoch: 0, loss: Infinity, parameters: parameters.slice() };
  return { epoch: 0, encodings, target, rows, parameters, adam: startAdam(parameters.length), best, seconds: 0 };
}

async function trainEpoch(work: Work, epoch: number): Promise<void> {
  const { job, plan, engine, train, epochs, capacity, pulse } = work;
  engine.startEpoch(createRandom(`${job.seed}/dropout/${epoch}`));
  const order = createRandom(`${job.seed}/order/${epoch}`);
  const batches = Math.ceil(train.rows / plan.batchSize);
  let step = (epoch - 1) * batches;
  for await (const batch of shuffledBatches(train, engine.pool, capacity, plan.batchSize, order)) {
    const loss = engine.train(batch, learningRateAt(plan, step++, epochs * batches));
    if (!Number.isFinite(loss)) throw diverged(work, epoch, batch);
    pulse.trained(batch.length, loss);
    await pulse.beat();
  }
}

async function selectionLoss({ engine, selection, capacity, pulse }: Work): Promise<number> {
  let sum = 0;
  for (let at = 0; at < selection.rows; at += capacity) {
    const rows = Math.min(capacity, selection.rows - at);
    await selection.read(at, rows, engine.pool, 0);
    sum += engine.loss(rows);
    await pulse.beat();
  }
  return sum / selection.rows;
}

function outputsOf(rows: Row[], encodings: Encoding[], engine: Engine): number[] {
  const inputs = encodeRows(rows, createEncoder(encodings));
  pack(inputs, new Float32Array(rows.length), rows.length, layoutOf(encodings), engine.pool);
  return [...engine.outputs(rows.length)];
}

/** Names what may have done it in these records, by no value: a column may be sensitive. */
function diverged({ job, plan, epochs, engine, encodings, train }: Work, epoch: number, places: Iterable<number>) {
  const furthest = furthestIn(engine.pool, places, encodings, train.layout, job.labelKind === 'number');
  return new UserError(
    'TRAINING_DIVERGED',
    `The loss of candidate "${job.candidate.name}" was no longer a number in epoch ${epoch} of ${epochs}, with ` +
      `learningRate ${plan.learningRate}. Declare a smaller learningRate, say ${plan.learningRate / 10}.` +
      (furthest ? ` ${furthestInWords(furthest)}` : ''),
  );
}

function furthestInWords({ column, finite }: Furthest): string {
  const what = column === null ? 'the label' : `column "${column}"`;
  return finite
    ? `If that does not help, look for extreme values of ${what}: of all that was read last, it lies furthest from its usual values.`
    : `Look at ${what} first: it has values that are no finite numbers once they are scaled.`;
}
