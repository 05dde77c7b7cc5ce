import { bytesPerRow, readRows, writeBlocks, type Block } from './blocks.ts';
import { readCheckpoint, writeCheckpoint, type TreesState } from './checkpoint.ts';
import { columnsFrom } from './columns.ts';
import { createPulse, type Pulse, type TrainingEvents } from '../pulse.ts';
import { encodedChunks, encodeRows, probeRows, splitReader } from '../reading.ts';
import { survey } from '../survey.ts';
import { type Train } from '../train.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { createRandom } from '../../../core/base/random.ts';
import { type Row } from '../../../core/data/data.ts';
import { createEncoder, type Encoder } from '../../../core/model/preprocessing.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import { logOdds } from '../../../core/model/trees.ts';
import { type TreesPlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { createLearner, type TreeRows } from '../../../core/trees/learner.ts';
import { logLoss, squaredError, type TreeLoss } from '../../../core/trees/losses.ts';
import { modelOf } from '../../../core/trees/model.ts';
import { type TreeColumn } from '../../../core/trees/table.ts';
import { addTree, type Tree } from '../../../core/trees/tree.ts';

/** After so many trees without a better selection loss, boosting stops; the best number of trees is kept. */
const PATIENCE = 50;
const TREES_BETWEEN_CHECKPOINTS = 10;
/** The share of the memory limit that rows may take; the process, DuckDB and what it reads take the others. */
const SHARE_OF_ROWS = 0.35;
const SHARE_OF_SELECTION = 0.2;
const FEWEST_ROWS = 1000;
/** So many rows tell how the loss goes. */
const ROWS_OF_LOSS = 5000;

/** Trains tree by tree, ten a checkpoint. Equal jobs give equal trees, also when resumed. */
export const trainTrees: Train<TreesPlan> = async (job, plan, { analytics, events, memoryLimitMb }) => {
  const began = Date.now();
  const names = Object.keys(job.columns);
  const reader = splitReader(analytics, job.trainingSet, names);
  const pulse = createPulse({ unit: 'tree', of: plan.trees, backend: 'none' }, events);

  const state =
    (await resume(job, events, memoryLimitMb)) ??
    startOf(await survey(job, analytics, pulse.beat, 'values'), memoryLimitMb);
  const earlier = state.seconds;
  const { encodings, target, rows, selectionRows } = state.survey;
  const encoder = createEncoder(encodings);
  const { loss, base, output } = aimOf(plan, state, target !== null);

  const beating = beatingOver(encodedChunks(reader, encoder, 'train', target), pulse);
  const { columns, all } = await columnsFrom(beating, encodings, plan.monotonic);
  const known = (state.columns ??= columns);
  const shape = { columns: known, base, folder: job.folder };
  const blocks = await writeBlocks(all, { ...shape, rows, most: state.inMemory.train });
  const selection = await readRows(beatingOver(encodedChunks(reader, encoder, 'selection', target), pulse), {
    ...shape,
    rows: selectionRows,
    most: state.inMemory.selection,
  });
  if (blocks.count > 1)
    events.log(`Training ${job.candidate.name} on ${blocks.count} blocks of rows in turn: they do not fit together`);

  const rules = { ...plan, columnsPerSplit: plan.columnsPerSplit(known.length) };
  const learn = createLearner(known, Math.ceil(rows / blocks.count), rules, loss);
  for (const tree of state.trees) {
    addTree(tree, selection.table, selection.scores);
    await pulse.beat();
  }
  if (state.trees.length === 0) state.best.loss = loss.mean(selection.scores, selection.labels);

  const most = job.refit?.trees ?? job.rounds ?? plan.trees;
  const fixed = job.refit !== undefined || job.rounds !== undefined;
  const patient = (): boolean => !plan.boosted || fixed || state.trees.length - state.best.trees < PATIENCE;
  while (state.trees.length < most && patient()) {
    const number = state.trees.length;
    const block = await blocks.load(number % blocks.count);
    if (plan.boosted) await catchUp(block, state.trees, pulse);
    const tree = learn(block, createRandom(`${job.seed}/tree/${number}`));
    state.trees.push(tree);
    if (plan.boosted) block.trees = state.trees.length;
    addTree(tree, selection.table, selection.scores);

    const selectionLoss = lossAfter(plan, selection, state.trees.length, base, loss);
    if (!plan.boosted || fixed || selectionLoss < state.best.loss)
      state.best = { trees: state.trees.length, loss: selectionLoss };
    pulse.trained(block.table.rows, plan.boosted ? lossOfSome(loss, block) : selectionLoss);
    state.seconds = earlier + (Date.now() - began) / 1000;
    if (state.trees.length % TREES_BETWEEN_CHECKPOINTS === 0) events.checkpoint(await writeCheckpoint(job, state));
    pulse.finished(state.trees.length, selectionLoss);
    await pulse.beat();
  }

  const trees = state.trees.slice(0, state.best.trees);
  const probe = await probeRows(reader, names);
  return {
    kind: 'trees',
    output,
    base,
    ...modelOf(trees, known),
    encodings,
    ...(target && { target }),
    probe: { rows: probe, logits: await logitsOf(probe, encoder, known, trees, base, output) },
    trainedWith: {
      backend: 'none',
      epochs: 0,
      trees: trees.length,
      rows,
      seconds: earlier + (Date.now() - began) / 1000,
    },
  };
};

/** A checkpoint only saves time: an unusable one costs a line in the log, not the training. */
async function resume(job: TrainingJob, events: TrainingEvents, memoryLimitMb: number): Promise<TreesState | null> {
  if (job.resumeFrom === null) return null;
  try {
    const state = await readCheckpoint(job, job.resumeFrom);
    const most = rowsWithin(memoryLimitMb, state.survey.encodings.length);
    if (state.inMemory.train > most.train || state.inMemory.selection > most.selection)
      throw new Error('its rows do not fit into the memory of this worker, which is less');
    return state;
  } catch (error) {
    events.log(`The checkpoint ${job.resumeFrom} cannot be used (${messageOf(error)}); training starts from nothing`);
    return null;
  }
}

/** The most rows of each split that are in memory together. */
function rowsWithin(memoryLimitMb: number, columns: number): TreesState['inMemory'] {
  const room = (memoryLimitMb * 2 ** 20 * SHARE_OF_ROWS) / bytesPerRow(columns);
  const most = (share: number): number => Math.max(FEWEST_ROWS, Math.floor(room * share));
  return { train: most(1 - SHARE_OF_SELECTION), selection: most(SHARE_OF_SELECTION) };
}

function startOf(survey: TreesState['survey'], memoryLimitMb: number): TreesState {
  const most = rowsWithin(memoryLimitMb, survey.encodings.length);
  const inMemory = {
    train: Math.ceil(survey.rows / Math.ceil(survey.rows / most.train)),
    selection: Math.min(survey.selectionRows, most.selection),
  };
  return { survey, inMemory, columns: null, trees: [], best: { trees: 0, loss: Infinity }, seconds: 0 };
}

/** Boosting adds to log odds, a forest is a mean of shares; for a number both add to its standardised label. */
function aimOf(
  { boosted }: TreesPlan,
  { survey: { base } }: TreesState,
  isNumber: boolean,
): { loss: TreeLoss; base: number; output: 'sum' | 'share' } {
  if (isNumber) return { loss: squaredError, base, output: 'sum' };
  return boosted
    ? { loss: logLoss, base, output: 'sum' }
    : { loss: squaredError, base: sigmoid(base), output: 'share' };
}

async function* beatingOver<T>(chunks: AsyncIterable<T>, { beat }: Pulse): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    yield chunk;
    await beat();
  }
}

/** Adds the trees that were grown since the block was last in memory, or before the training was resumed. */
async function catchUp(block: Block, trees: readonly Tree[], { beat }: Pulse): Promise<void> {
  for (; block.trees < trees.length; block.trees++) {
    addTree(trees[block.trees]!, block.table, block.scores);
    await beat();
  }
}

function lossAfter(plan: TreesPlan, { scores, labels }: TreeRows, trees: number, base: number, loss: TreeLoss): number {
  if (plan.boosted) return loss.mean(scores, labels);
  const mean = scores.map((score) => base + ((score - base) * plan.trees) / trees);
  return loss.mean(mean, labels);
}

const lossOfSome = (loss: TreeLoss, { scores, labels }: TreeRows): number =>
  loss.mean(scores.subarray(0, ROWS_OF_LOSS), labels.subarray(0, ROWS_OF_LOSS));

/** By the way of training, over bins: what the compiled model is held against. */
async function logitsOf(
  rows: Row[],
  encoder: Encoder,
  columns: readonly TreeColumn[],
  trees: readonly Tree[],
  base: number,
  output: 'sum' | 'share',
): Promise<number[]> {
  const encoded = { rows: rows.length, inputs: encodeRows(rows, encoder), labels: new Float32Array(rows.length) };
  const chunks = (async function* () {
    yield encoded;
  })();
  const { table, scores } = await readRows(chunks, { columns, rows: rows.length, most: rows.length, base });
  for (const tree of trees) addTree(tree, table, scores);
  return Array.from(scores, output === 'share' ? logOdds : (score) => score);
}
