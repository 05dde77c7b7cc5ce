import { blocksOf, bytesPerRow, readRows, writeBlocks, type Block } from './blocks.ts';
import { createCheckpoints, readCheckpoint, type TreesState } from './checkpoint.ts';
import { columnsFrom } from './columns.ts';
import { createKernelEngine, MOST_THREADS } from './kernel/engine.ts';
import { hireCrew, nobody, type Crew } from '../crew/crew.ts';
import { MOST_BYTES } from '../crew/memory.ts';
import { createPulse, type Pulse } from '../pulse.ts';
import { resume } from '../resume.ts';
import { encodedChunks, encodeRows, probeRows, splitReader } from '../reading.ts';
import { survey } from '../survey.ts';
import { type Surroundings, type Train } from '../train.ts';
import { createRandom } from '../../../core/base/random.ts';
import { type Row } from '../../../core/data/data.ts';
import { createEncoder, type Encoder } from '../../../core/model/preprocessing.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import { logOdds, logShare } from '../../../core/model/kinds/trees.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { type TreesPlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { createLearner, type TreeRows } from '../../../core/trees/learner.ts';
import {
  absoluteError,
  absoluteErrorAlone,
  classLoss,
  logLoss,
  squaredError,
  squaredShares,
  type TreeLoss,
} from '../../../core/trees/losses.ts';
import { modelOf } from '../../../core/trees/model.ts';
import { type TreeColumn } from '../../../core/trees/table.ts';
import { addTrees, type Tree } from '../../../core/trees/tree.ts';
import { stat } from 'node:fs/promises';

/** After so many trees without a better selection loss, boosting stops; the best number of trees is kept. */
const PATIENCE = 50;
const ROUNDS_BETWEEN_CHECKPOINTS = 10;
/** The share of the memory limit that rows may take, and of what a small one leaves beside the process itself; DuckDB and what it reads take the others. */
const [SHARE_OF_ROWS, SHARE_BESIDE_PROCESS, PROCESS_MB] = [0.35, 0.5, 128];
const SHARE_OF_SELECTION = 0.2;
/** Of the engine's memory: histograms above all. */
const ROOM_BESIDE_ROWS = 256 << 20;
const FEWEST_ROWS = 1000;
/** A training set in a smaller file is learnt from before a thread has started. */
const WORTH_HIRING_BYTES = 1 << 20;
/** Of the trees of a fold, which wait in memory until it is known how many are best; some 15 MB. A tree's own objects take as much as so many splits. */
const [MOST_KEPT_SPLITS, SPLITS_A_TREE] = [300_000, 16];
/** So many rows tell how the loss goes. */
const ROWS_OF_LOSS = 5000;

/**
 * Trains tree by tree (of classes, a tree for each a round), ten a checkpoint. Equal jobs give equal trees, also when
 * resumed, where as many rows fit into memory.
 */
export const trainTrees: Train<TreesPlan> = async (job, plan, surroundings) => {
  const crew = await crewFor(job, surroundings);
  try {
    return await trainWith(crew, job, plan, surroundings);
  } finally {
    await crew.end();
  }
};

/** Hired before it is known whether there are rows enough, so that threads are awake when the first tree grows. */
async function crewFor({ trainingSet }: TrainingJob, { threads = 1, events }: Surroundings): Promise<Crew> {
  const size = Math.min(threads, MOST_THREADS) - 1;
  if (size < 1 || (await stat(trainingSet)).size < WORTH_HIRING_BYTES) return nobody;
  return hireCrew(new URL('kernel/thread.js', import.meta.url), size, events.log);
}

async function trainWith(
  crew: Crew,
  job: TrainingJob,
  plan: TreesPlan,
  surroundings: Surroundings,
): Promise<TrainedModel> {
  const { analytics, events, memoryLimitMb } = surroundings;
  const began = Date.now();
  const names = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, names);
  const pulse = createPulse({ unit: 'tree', of: plan.trees, backend: 'none' }, events);

  const state =
    (await resume(job, events, (checkpoint) => readFitting(job, plan, checkpoint, memoryLimitMb))) ??
    startOf(await survey(job, analytics, pulse.beat, 'values'), memoryLimitMb);
  const earlier = state.seconds;
  const seconds = (): number => earlier + (Date.now() - began) / 1000;
  const { encodings, target, rows, selectionRows } = state.survey;
  const encoder = createEncoder(encodings);
  const { loss, bases, output } = aimOf(plan, state, job);
  state.loss = loss.name;
  const classes = bases.length;
  /** Rounds of trees so far: of classes a round has one for each. */
  const rounds = (): number => state.trees.length / classes;

  const beating = beatingOver(encodedChunks(reader, encoder, 'train', target), pulse);
  const { columns, all } = await columnsFrom(beating, encodings, plan.monotonic);
  const known = (state.columns ??= columns);
  const shape = { columns: known, bases, folder: job.folder };
  const ofTrain = { ...shape, rows, most: state.inMemory.train };
  const rules = { ...plan, columnsPerSplit: plan.columnsPerSplit(known.length) };
  const engine = createKernelEngine({ columns: known, rows: blocksOf(ofTrain).size, classes, rules }, { crew });
  try {
    const blocks = await writeBlocks(all, ofTrain, engine.table);
    const selection = await readRows(beatingOver(encodedChunks(reader, encoder, 'selection', target), pulse), {
      ...shape,
      rows: selectionRows,
      most: state.inMemory.selection,
    });
    if (blocks.count > 1)
      events.log(`Training ${job.candidate.name} on ${blocks.count} blocks of rows in turn: they do not fit together`);

    const learn = createLearner(known, engine, rules, loss, classes);
    for (let tree = 0; tree < state.trees.length; tree++) {
      addTrees([state.trees[tree]!], tree, selection.table, selection.scores, classes);
      await pulse.beat();
    }
    if (state.trees.length === 0) state.best.loss = loss.mean(selection.scores, selection.labels);

    const most = job.refit?.trees === undefined ? (job.rounds ?? plan.trees) : job.refit.trees / classes;
    const fixed = job.refit !== undefined || job.rounds !== undefined;
    const writeCheckpoint = createCheckpoints(job);
    let written = rounds();
    const patient = (): boolean => !plan.boosted || fixed || rounds() - state.best.trees / classes < PATIENCE;
    while (rounds() < most && patient()) {
      const number = rounds();
      const block = await blocks.load(number % blocks.count);
      if (plan.boosted) await catchUp(block, state.trees, classes, pulse);
      const grown = learn(block, createRandom(`${job.seed}/tree/${number}`));
      state.trees.push(...grown);
      if (plan.boosted) block.trees = state.trees.length;
      addTrees(grown, 0, selection.table, selection.scores, classes);

      const selectionLoss = lossAfter(plan, selection, rounds(), bases, loss);
      if (!plan.boosted || fixed || selectionLoss < state.best.loss)
        state.best = { trees: state.trees.length, loss: selectionLoss };
      pulse.trained(block.table.rows, plan.boosted ? lossOfSome(loss, block, classes) : selectionLoss);
      state.seconds = seconds();
      pulse.finished(rounds(), selectionLoss);
      if (rounds() - written >= ROUNDS_BETWEEN_CHECKPOINTS) {
        await events.checkpoint(await writeCheckpoint(state));
        written = rounds();
      }
      await pulse.beat();
    }

    const modelAfter = async (count: number): Promise<TrainedModel> => {
      const trees = state.trees.slice(0, count);
      const probe = await probeRows(reader, names);
      return {
        kind: 'trees',
        output,
        base: classes === 1 ? bases[0]! : 0,
        ...(classes > 1 && { bases, classes: job.classes! }),
        ...modelOf(trees, known),
        encodings,
        ...(target && { target }),
        probe: { rows: probe, logits: await logitsOf(probe, encoder, known, trees, bases, output) },
        trainedWith: { backend: 'none', epochs: 0, trees: trees.length, rows, seconds: seconds() },
      };
    };
    const splits = state.trees.reduce((sum, { columns }) => sum + columns.length + SPLITS_A_TREE, 0);
    if (plan.boosted && splits <= MOST_KEPT_SPLITS) surroundings.keep?.((rounds) => modelAfter(rounds * classes));
    return await modelAfter(state.best.trees);
  } finally {
    await engine.end();
  }
}

/** The state of a checkpoint, whose rows have to fit here too, and whose trees lower what this release lowers. */
async function readFitting(
  job: TrainingJob,
  plan: TreesPlan,
  checkpoint: string,
  memoryLimitMb: number,
): Promise<TreesState | null> {
  const state = await readCheckpoint(job, checkpoint);
  const { loss } = aimOf(plan, state, job);
  // Earlier releases named none, and lowered the squared error for the metric mae too.
  const lowered = state.loss ?? (loss.name === absoluteError.name ? squaredError.name : loss.name);
  if (lowered !== loss.name) throw new Error('its trees lower another loss than those of this release');
  const most = rowsWithin(memoryLimitMb, state.survey);
  if (state.inMemory.train > most.train || state.inMemory.selection > most.selection)
    throw new Error('its rows do not fit into the memory of this worker, which is less');
  return state;
}

/** The most rows of each split that are in memory together. */
function rowsWithin(memoryLimitMb: number, { encodings, bases }: TreesState['survey']): TreesState['inMemory'] {
  const megabytes = Math.min(memoryLimitMb * SHARE_OF_ROWS, (memoryLimitMb - PROCESS_MB) * SHARE_BESIDE_PROCESS);
  const bytes = Math.min(megabytes * 2 ** 20, MOST_BYTES - ROOM_BESIDE_ROWS);
  const room = bytes / bytesPerRow(encodings.length, bases?.length);
  const most = (share: number): number => Math.max(FEWEST_ROWS, Math.floor(room * share));
  return { train: most(1 - SHARE_OF_SELECTION), selection: most(SHARE_OF_SELECTION) };
}

function startOf(survey: TreesState['survey'], memoryLimitMb: number): TreesState {
  const most = rowsWithin(memoryLimitMb, survey);
  const inMemory = {
    train: Math.ceil(survey.rows / Math.ceil(survey.rows / most.train)),
    selection: Math.min(survey.selectionRows, most.selection),
  };
  return { survey, inMemory, columns: null, trees: [], best: { trees: 0, loss: Infinity }, seconds: 0 };
}

/** Boosting adds to log odds, a forest is a mean of shares; for a number both add to its standardised label. */
function aimOf(
  { boosted }: TreesPlan,
  { survey: { base, bases } }: TreesState,
  { labelKind, metric }: TrainingJob,
): { loss: TreeLoss; bases: number[]; output: 'sum' | 'share' } {
  if (labelKind === 'number' && metric === 'mae')
    return { loss: boosted ? absoluteError : absoluteErrorAlone, bases: [base], output: 'sum' };
  if (labelKind === 'number') return { loss: squaredError, bases: [base], output: 'sum' };
  if (bases)
    return boosted
      ? { loss: classLoss(bases.length), bases, output: 'sum' }
      : { loss: squaredShares(bases.length), bases: bases.map(Math.exp), output: 'share' };
  return boosted
    ? { loss: logLoss, bases: [base], output: 'sum' }
    : { loss: squaredError, bases: [sigmoid(base)], output: 'share' };
}

async function* beatingOver<T>(chunks: AsyncIterable<T>, { beat }: Pulse): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    yield chunk;
    await beat();
  }
}

/** Adds the trees that were grown since the block was last in memory, or before the training was resumed. */
async function catchUp(block: Block, trees: readonly Tree[], classes: number, { beat }: Pulse): Promise<void> {
  for (; block.trees < trees.length; block.trees++) {
    addTrees([trees[block.trees]!], block.trees, block.table, block.scores, classes);
    await beat();
  }
}

function lossAfter(
  plan: TreesPlan,
  { scores, labels }: TreeRows,
  rounds: number,
  bases: readonly number[],
  loss: TreeLoss,
): number {
  if (plan.boosted) return loss.mean(scores, labels);
  const mean = scores.map((score, i) => {
    const base = bases[Math.floor(i / labels.length)]!;
    return base + ((score - base) * plan.trees) / rounds;
  });
  return loss.mean(mean, labels);
}

function lossOfSome(loss: TreeLoss, { scores, labels }: TreeRows, classes: number): number {
  const [rows, some] = [labels.length, Math.min(labels.length, ROWS_OF_LOSS)];
  if (classes === 1) return loss.mean(scores.subarray(0, some), labels.subarray(0, some));
  const taken = new Float64Array(some * classes);
  for (let place = 0; place < classes; place++)
    taken.set(scores.subarray(place * rows, place * rows + some), place * some);
  return loss.mean(taken, labels.subarray(0, some));
}

/** By the way of training, over bins: what the compiled model is held against. */
async function logitsOf(
  rows: Row[],
  encoder: Encoder,
  columns: readonly TreeColumn[],
  trees: readonly Tree[],
  bases: readonly number[],
  output: 'sum' | 'share',
): Promise<number[]> {
  const encoded = { rows: rows.length, inputs: encodeRows(rows, encoder), labels: new Float32Array(rows.length) };
  const chunks = (async function* () {
    yield encoded;
  })();
  const { table, scores } = await readRows(chunks, { columns, rows: rows.length, most: rows.length, bases });
  addTrees(trees, 0, table, scores, bases.length);
  const finish = output === 'sum' ? (score: number) => score : bases.length === 1 ? logOdds : logShare;
  return rows.flatMap((_, row) => bases.map((_base, place) => finish(scores[place * rows.length + row]!)));
}
